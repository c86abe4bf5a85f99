"""Cases of operation names: single functions and Python operators.

Each is used twice, then in a name scope; functions that take a name also with the same name twice, and with
it in the name scope.
"""

from op_name_tools import case


class Inputs:
    """Placeholders that functions are tried on."""

    def __init__(self, tf):
        self.tf = tf
        with tf.name_scope("inputs"):
            self.x = tf.placeholder(tf.float32, [2, 3], name="x")
            self.y = tf.placeholder(tf.float32, [2, 3], name="y")
            self.sq = tf.placeholder(tf.float32, [3, 3], name="sq")
            self.im = tf.placeholder(tf.float32, [2, 6, 6, 3], name="im")
            self.un = tf.placeholder(tf.float32, [None, None, None, 3], name="un")
            self.i = tf.placeholder(tf.int32, [2, 3], name="i")
            self.ids = tf.placeholder(tf.int32, [4], name="ids")
            self.b = tf.placeholder(tf.bool, [2, 3], name="b")
            self.c = tf.placeholder(tf.bool, [2, 3], name="c")
            self.n = tf.placeholder(tf.int32, [], name="n")
            self.k = tf.placeholder(tf.float32, [3, 3, 3, 4], name="k")


OPERATORS = {
    "a+b": lambda p: p.x + p.y,
    "a+1": lambda p: p.x + 1.0,
    "1+a": lambda p: 1.0 + p.x,
    "a-b": lambda p: p.x - p.y,
    "1-a": lambda p: 1.0 - p.x,
    "a*b": lambda p: p.x * p.y,
    "2*a": lambda p: 2.0 * p.x,
    "a/b": lambda p: p.x / p.y,
    "1/a": lambda p: 1.0 / p.x,
    "i/i": lambda p: p.i / p.i,
    "a//b": lambda p: p.x // p.y,
    "i//2": lambda p: p.i // 2,
    "a%b": lambda p: p.x % p.y,
    "i%2": lambda p: p.i % 2,
    "a**2": lambda p: p.x**2,
    "2**a": lambda p: 2.0**p.x,
    "-a": lambda p: -p.x,
    "abs(a)": lambda p: abs(p.x),
    "a@b": lambda p: p.x @ p.sq,
    "a<b": lambda p: p.x < p.y,
    "a<=b": lambda p: p.x <= p.y,
    "a>0": lambda p: p.x > 0.0,
    "a>=b": lambda p: p.x >= p.y,
    "p&q": lambda p: p.b & p.c,
    "p|q": lambda p: p.b | p.c,
    "p^q": lambda p: p.b ^ p.c,
    "~p": lambda p: ~p.b,
    "a[0]": lambda p: p.x[0],
    "a[:,1:]": lambda p: p.x[:, 1:],
    "a[...,tf.newaxis]": lambda p: p.x[..., p.tf.newaxis],
    "a[n]": lambda p: p.x[p.n],
    "shape(a)[0]": lambda p: p.tf.shape(p.un)[0],
}

FUNCTIONS = {
    "add": lambda p, **k: p.tf.add(p.x, p.y, **k),
    "subtract": lambda p, **k: p.tf.subtract(p.x, p.y, **k),
    "multiply": lambda p, **k: p.tf.multiply(p.x, p.y, **k),
    "divide": lambda p, **k: p.tf.divide(p.x, p.y, **k),
    "div": lambda p, **k: p.tf.div(p.x, p.y, **k),
    "truediv": lambda p, **k: p.tf.truediv(p.x, p.y, **k),
    "floordiv": lambda p, **k: p.tf.floordiv(p.x, p.y, **k),
    "realdiv": lambda p, **k: p.tf.realdiv(p.x, p.y, **k),
    "mod": lambda p, **k: p.tf.mod(p.x, p.y, **k),
    "pow": lambda p, **k: p.tf.pow(p.x, p.y, **k),
    "maximum": lambda p, **k: p.tf.maximum(p.x, p.y, **k),
    "minimum": lambda p, **k: p.tf.minimum(p.x, p.y, **k),
    "squared_difference": lambda p, **k: p.tf.squared_difference(p.x, p.y, **k),
    "negative": lambda p, **k: p.tf.negative(p.x, **k),
    "abs": lambda p, **k: p.tf.abs(p.x, **k),
    "square": lambda p, **k: p.tf.square(p.x, **k),
    "sqrt": lambda p, **k: p.tf.sqrt(p.x, **k),
    "rsqrt": lambda p, **k: p.tf.rsqrt(p.x, **k),
    "exp": lambda p, **k: p.tf.exp(p.x, **k),
    "log": lambda p, **k: p.tf.log(p.x, **k),
    "log1p": lambda p, **k: p.tf.log1p(p.x, **k),
    "sign": lambda p, **k: p.tf.sign(p.x, **k),
    "floor": lambda p, **k: p.tf.floor(p.x, **k),
    "round": lambda p, **k: p.tf.round(p.x, **k),
    "reciprocal": lambda p, **k: p.tf.reciprocal(p.x, **k),
    "sin": lambda p, **k: p.tf.sin(p.x, **k),
    "tanh": lambda p, **k: p.tf.tanh(p.x, **k),
    "sigmoid": lambda p, **k: p.tf.sigmoid(p.x, **k),
    "cumsum": lambda p, **k: p.tf.cumsum(p.x, **k),
    "clip_by_value": lambda p, **k: p.tf.clip_by_value(p.x, 0.0, 1.0, **k),
    "clip_by_norm": lambda p, **k: p.tf.clip_by_norm(p.x, 1.0, **k),
    "reduce_sum": lambda p, **k: p.tf.reduce_sum(p.x, **k),
    "reduce_mean": lambda p, **k: p.tf.reduce_mean(p.x, [1], **k),
    "reduce_max": lambda p, **k: p.tf.reduce_max(p.x, **k),
    "reduce_min": lambda p, **k: p.tf.reduce_min(p.x, **k),
    "reduce_prod": lambda p, **k: p.tf.reduce_prod(p.x, **k),
    "reduce_any": lambda p, **k: p.tf.reduce_any(p.b, **k),
    "reduce_all": lambda p, **k: p.tf.reduce_all(p.b, **k),
    "reduce_logsumexp": lambda p, **k: p.tf.reduce_logsumexp(p.x, **k),
    "argmax": lambda p, **k: p.tf.argmax(p.x, 1, **k),
    "argmin": lambda p, **k: p.tf.argmin(p.x, 1, **k),
    "matmul": lambda p, **k: p.tf.matmul(p.x, p.sq, **k),
    "batch_matmul": lambda p, **k: p.tf.matmul(p.im, p.im, transpose_b=True, **k),
    "tensordot": lambda p, **k: p.tf.tensordot(p.im, p.sq, 1, **k),
    "transpose": lambda p, **k: p.tf.transpose(p.x, **k),
    "reshape": lambda p, **k: p.tf.reshape(p.x, [-1], **k),
    "expand_dims": lambda p, **k: p.tf.expand_dims(p.x, 1, **k),
    "squeeze": lambda p, **k: p.tf.squeeze(p.x, **k),
    "concat": lambda p, **k: p.tf.concat([p.x, p.y], 1, **k),
    "stack": lambda p, **k: p.tf.stack([p.x, p.y], **k),
    "split": lambda p, **k: p.tf.split(p.x, 3, 1, **k)[1],
    "unstack": lambda p, **k: p.tf.unstack(p.x, **k)[1],
    "slice": lambda p, **k: p.tf.slice(p.x, [0, 0], [1, 2], **k),
    "strided_slice": lambda p, **k: p.tf.strided_slice(p.x, [0, 0], [1, 2], **k),
    "tile": lambda p, **k: p.tf.tile(p.x, [2, 1], **k),
    "pad": lambda p, **k: p.tf.pad(p.x, [[0, 0], [1, 1]], **k),
    "pad_reflect": lambda p, **k: p.tf.pad(p.x, [[0, 0], [1, 1]], "REFLECT", **k),
    "gather": lambda p, **k: p.tf.gather(p.x, [0, 1], **k),
    "gather_nd": lambda p, **k: p.tf.gather_nd(p.x, [[0, 1]], **k),
    "boolean_mask": lambda p, **k: p.tf.boolean_mask(p.x, p.b, **k),
    "where": lambda p, **k: p.tf.where(p.b, p.x, p.y, **k),
    "where_indices": lambda p, **k: p.tf.where(p.b, **k),
    "reverse": lambda p, **k: p.tf.reverse(p.x, [1], **k),
    "one_hot": lambda p, **k: p.tf.one_hot(p.ids, 5, **k),
    "range": lambda p, **k: p.tf.range(p.n, **k),
    "fill": lambda p, **k: p.tf.fill([p.n], 1.0, **k),
    "zeros": lambda p, **k: p.tf.zeros([2, 3], **k),
    "ones": lambda p, **k: p.tf.ones([2, 3], **k),
    "zeros_unknown": lambda p, **k: p.tf.zeros(p.tf.stack([p.n]), **k),
    "zeros_like": lambda p, **k: p.tf.zeros_like(p.x, **k),
    "ones_like": lambda p, **k: p.tf.ones_like(p.x, **k),
    "shape": lambda p, **k: p.tf.shape(p.un, **k),
    "size": lambda p, **k: p.tf.size(p.un, **k),
    "rank": lambda p, **k: p.tf.rank(p.x, **k),
    "cast": lambda p, **k: p.tf.cast(p.i, p.tf.float32, **k),
    "to_float": lambda p, **k: p.tf.to_float(p.i, **k),
    "to_int32": lambda p, **k: p.tf.to_int32(p.x, **k),
    "identity": lambda p, **k: p.tf.identity(p.x, **k),
    "stop_gradient": lambda p, **k: p.tf.stop_gradient(p.x, **k),
    "equal": lambda p, **k: p.tf.equal(p.x, p.y, **k),
    "not_equal": lambda p, **k: p.tf.not_equal(p.x, p.y, **k),
    "less": lambda p, **k: p.tf.less(p.x, p.y, **k),
    "greater_equal": lambda p, **k: p.tf.greater_equal(p.x, p.y, **k),
    "logical_and": lambda p, **k: p.tf.logical_and(p.b, p.c, **k),
    "logical_not": lambda p, **k: p.tf.logical_not(p.b, **k),
    "add_n": lambda p, **k: p.tf.add_n([p.x, p.y], **k),
    "norm": lambda p, **k: p.tf.norm(p.x, **k),
    "random_uniform": lambda p, **k: p.tf.random_uniform([2, 3], **k),
    "random_normal": lambda p, **k: p.tf.random_normal([2, 3], **k),
    "truncated_normal": lambda p, **k: p.tf.truncated_normal([2, 3], **k),
    "cond": lambda p, **k: p.tf.cond(p.n > 0, lambda: p.x, lambda: p.y, **k),
    "while_loop": lambda p, **k: p.tf.while_loop(lambda i: i < 3, lambda i: i + 1, [p.n], **k),
    "map_fn": lambda p, **k: p.tf.map_fn(p.tf.square, p.x, **k),
    "py_func": lambda p, **k: p.tf.py_func(abs, [p.x], p.tf.float32, **k),
    "nn.relu": lambda p, **k: p.tf.nn.relu(p.x, **k),
    "nn.relu6": lambda p, **k: p.tf.nn.relu6(p.x, **k),
    "nn.elu": lambda p, **k: p.tf.nn.elu(p.x, **k),
    "nn.selu": lambda p, **k: p.tf.nn.selu(p.x, **k),
    "nn.leaky_relu": lambda p, **k: p.tf.nn.leaky_relu(p.x, **k),
    "nn.softplus": lambda p, **k: p.tf.nn.softplus(p.x, **k),
    "nn.softmax": lambda p, **k: p.tf.nn.softmax(p.x, **k),
    "nn.softmax_rank_4": lambda p, **k: p.tf.nn.softmax(p.im, **k),
    "nn.log_softmax": lambda p, **k: p.tf.nn.log_softmax(p.x, **k),
    "nn.l2_loss": lambda p, **k: p.tf.nn.l2_loss(p.x, **k),
    "nn.l2_normalize": lambda p, **k: p.tf.nn.l2_normalize(p.x, 1, **k),
    "nn.bias_add": lambda p, **k: p.tf.nn.bias_add(p.x, p.x[0], **k),
    "nn.conv2d": lambda p, **k: p.tf.nn.conv2d(p.im, p.k, [1, 1, 1, 1], "SAME", **k),
    "nn.max_pool": lambda p, **k: p.tf.nn.max_pool(p.im, [1, 2, 2, 1], [1, 2, 2, 1], "SAME", **k),
    "nn.avg_pool": lambda p, **k: p.tf.nn.avg_pool(p.im, [1, 2, 2, 1], [1, 2, 2, 1], "SAME", **k),
    "nn.dropout": lambda p, **k: p.tf.nn.dropout(p.x, 0.5, **k),
    "nn.moments": lambda p, **k: p.tf.nn.moments(p.im, [0, 1, 2], **k)[0],
    "nn.moments_variance": lambda p, **k: p.tf.nn.moments(p.im, [0, 1, 2], **k)[1],
    "nn.top_k": lambda p, **k: p.tf.nn.top_k(p.x, 2, **k)[1],
    "nn.in_top_k": lambda p, **k: p.tf.nn.in_top_k(p.x, p.i[:, 0], 1, **k),
    "nn.lrn": lambda p, **k: p.tf.nn.lrn(p.im, **k),
    "nn.embedding_lookup": lambda p, **k: p.tf.nn.embedding_lookup(p.x, p.ids, **k),
    "nn.softmax_cross_entropy_with_logits": lambda p, **k: p.tf.nn.softmax_cross_entropy_with_logits(
        labels=p.y, logits=p.x, **k
    ),
    "nn.softmax_cross_entropy_with_logits_v2": lambda p, **k: p.tf.nn.softmax_cross_entropy_with_logits_v2(
        labels=p.y, logits=p.x, **k
    ),
    "nn.sparse_softmax_cross_entropy_with_logits": lambda p, **k: (
        p.tf.nn.sparse_softmax_cross_entropy_with_logits(labels=p.i[:, 0], logits=p.x, **k)
    ),
    "nn.sigmoid_cross_entropy_with_logits": lambda p, **k: p.tf.nn.sigmoid_cross_entropy_with_logits(
        labels=p.y, logits=p.x, **k
    ),
    "nn.batch_normalization": lambda p, **k: p.tf.nn.batch_normalization(
        p.x, p.x[0], p.x[1], None, None, 0.1, **k
    ),
    "image.resize_bilinear": lambda p, **k: p.tf.image.resize_bilinear(p.im, [3, 4], **k),
    "image.resize_nearest_neighbor": lambda p, **k: p.tf.image.resize_nearest_neighbor(p.im, [3, 4], **k),
    "train.exponential_decay": lambda p, **k: p.tf.train.exponential_decay(0.1, p.n, 10, 0.5, **k),
    "train.piecewise_constant": lambda p, **k: p.tf.train.piecewise_constant(
        p.n, [2, 4], [0.3, 0.2, 0.1], **k
    ),
    "train.polynomial_decay": lambda p, **k: p.tf.train.polynomial_decay(0.1, p.n, 10, **k),
}


def operator_case(function):
    def build(tf, slim):
        inputs = Inputs(tf)
        found = [function(inputs), function(inputs)]
        with tf.name_scope("s"):
            found.append(function(inputs))
        with tf.variable_scope("v"):
            found.append(function(inputs))
        return found

    return build


def function_case(function):
    def build(tf, slim):
        inputs = Inputs(tf)
        found = [function(inputs), function(inputs)]
        with tf.name_scope("s"):
            found += [function(inputs), function(inputs, name="given")]
        return found + [function(inputs, name="given"), function(inputs, name="given")]

    return build


def after(function):
    """What later operations are called: some functions take more names than that of their result."""

    def build(tf, slim):
        inputs = Inputs(tf)
        function(inputs)
        return [
            tf.constant(1.0),
            inputs.x + inputs.y,
            inputs.x * inputs.y,
            tf.reshape(inputs.x, [6]),
            tf.cast(inputs.i, tf.float32),
            tf.identity(inputs.x),
            tf.shape(inputs.un),
            tf.range(3),
            tf.cond(inputs.n > 0, lambda: inputs.x, lambda: inputs.y),
        ]

    return build


def add():
    """Puts the cases of this module in the table."""
    for name, function in OPERATORS.items():
        case("operator/" + name, operator_case(function))
    for name, function in FUNCTIONS.items():
        case("function/" + name, function_case(function))
        case("after/" + name, after(function))
    case("expressions", _expressions)


def _expressions(tf, slim):
    p = Inputs(tf)
    accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(p.x, 1), tf.argmax(p.y, 1)), tf.float32))
    loss = -tf.reduce_sum(p.y * tf.log(tf.nn.softmax(p.x) + 1e-8)) / 2.0
    scaled = (p.im - [1.0, 2.0, 3.0]) * (2.0 / 255.0) - 1.0
    with tf.name_scope("a"):
        with tf.name_scope("b"):
            inner = tf.add(p.x, p.y)
        with tf.name_scope("b"):
            again = p.x + p.y
    with tf.name_scope("a"):
        outer = p.x * 2.0
    with tf.name_scope("a/"):
        entered = p.x * 2.0
    with tf.name_scope(None):
        root = p.x * 3.0
    return [accuracy, loss, scaled, inner, again, outer, entered, root]
