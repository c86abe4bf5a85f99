"""Programs about sparse tensors."""

from tf_misc_tools import outcome, program, shown


def sparse(tf, places=((0, 1), (1, 0)), values=(5.0, 6.0), shape=(2, 3)):
    return tf.SparseTensor(list(map(list, places)), list(values), list(shape))


@program
def what_it_says_of_itself(tf):
    s = sparse(tf)
    names = [s.op.name, s.indices.name, s.values.name, s.dense_shape.name]
    p = tf.sparse_placeholder(tf.float32, name="p")
    q = tf.sparse_placeholder(tf.float32, [None, 2])
    return [
        names,
        s.get_shape().as_list(),
        s.shape.as_list(),
        s.graph is tf.get_default_graph(),
        [p.indices.name, p.values.name, p.dense_shape.name, str(p.get_shape())],
        [
            q.indices.get_shape().as_list(),
            q.values.get_shape().as_list(),
            q.dense_shape.get_shape().as_list(),
        ],
    ]


@program
def parts_that_do_not_fit(tf):
    return [
        outcome(
            tf,
            lambda feed: tf.SparseTensor([[0, 1]], [5.0, 6.0], [2, 3]),
            "Dimensions 1 and 2 are not compatible",
        ),
        outcome(tf, lambda feed: tf.SparseTensor([0, 1], [5.0, 6.0], [2, 3]), "Shape (2,) must have rank 2"),
    ]


@program
def fetching_and_feeding(tf):
    s = sparse(tf)
    p = tf.sparse_placeholder(tf.float32)
    doubled = p.values * 2.0
    with tf.Session() as session:
        value = session.run(s)
        both = session.run({"s": s, "v": [s.values]})
        fed = session.run([p, doubled], {p: tf.SparseTensorValue([[0, 1]], [3.0], [2, 2])})
        return [
            type(value).__name__,
            shown(value),
            sorted(both),
            shown(both["s"]),
            shown(fed[0]),
            fed[1],
            shown(session.run(p, {p: ([[1, 1]], [4.0], [2, 2])})),
            shown(s.eval(session=session)),
        ]


@program
def dense_ones(tf):
    def dense(places=((0, 1), (1, 0)), *words, **kwargs):
        return outcome(tf, lambda feed: tf.sparse_tensor_to_dense(sparse(tf, places), **kwargs), *words)

    return [
        dense(),
        dense(default_value=-1.0),
        dense(((1, 0), (0, 1)), "indices[1] = [0,1] is out of order"),
        dense(((1, 0), (0, 1)), validate_indices=False),
        dense(((1, 0), (1, 0)), "indices[1] = [1,0] is repeated"),
        dense(((0, 0), (1, 5)), "indices[1] = [1,5] is out of bounds: need 0 <= index < [2,3]"),
        outcome(tf, lambda feed: tf.sparse_tensor_to_dense(sparse(tf, values=("a", "b")), default_value="")),
        outcome(
            tf, lambda feed: tf.sparse_tensor_to_dense(tf.constant([1.0])), "Input must be a SparseTensor."
        ),
        outcome(tf, lambda feed: tf.sparse_to_dense([[0, 1], [1, 2]], [2, 3], [5.0, 6.0], -1.0)),
        outcome(tf, lambda feed: tf.sparse_to_dense([0, 2], [4], 1.0, 0.0)),
        outcome(tf, lambda feed: tf.sparse_to_dense(2, [4], 1.0, 0.0, name="mine")),
        outcome(tf, lambda feed: tf.sparse_to_dense([0, 2], [4], [1, 2])),
        outcome(tf, lambda feed: tf.sparse_to_dense([2, 0], [4], [1, 2]), "out of order"),
        outcome(tf, lambda feed: tf.sparse_to_dense([2, 0], [4], [1, 2], validate_indices=False)),
        outcome(tf, lambda feed: tf.sparse_to_dense([0, 2], feed.of([4], [1], "int32"), [1, 2])),
    ]


@program
def products(tf):
    b = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    return [
        outcome(tf, lambda feed: tf.sparse_tensor_dense_matmul(sparse(tf), b)),
        outcome(tf, lambda feed: tf.sparse_tensor_dense_matmul(sparse(tf), b[:2], adjoint_a=True)),
        outcome(
            tf, lambda feed: tf.sparse_tensor_dense_matmul(sparse(tf), [[1.0, 2.0, 3.0]], adjoint_b=True)
        ),
        outcome(
            tf, lambda feed: tf.sparse_tensor_dense_matmul(sparse(tf), feed.of(b, [None, 2]), name="mine")
        ),
        outcome(
            tf,
            lambda feed: tf.sparse_tensor_dense_matmul(sparse(tf), b[:2]),
            "Dimensions must be equal, but are 3 and 2",
        ),
    ]


@program
def the_gradient_of_a_product(tf):
    values, b = tf.constant([5.0, 6.0]), tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    s = tf.SparseTensor([[0, 1], [1, 0]], values, [2, 3])
    y = tf.sparse_tensor_dense_matmul(s, b)
    with tf.Session() as session:
        return [shown(item) for item in session.run(tf.gradients(y * y, [values, b]))]


@program
def other_sparse_ones(tf):
    def values(made):
        with tf.Session() as session:
            return shown(session.run(made))

    return [
        values(tf.sparse_reorder(sparse(tf, ((1, 0), (0, 1))))),
        values(tf.sparse_retain(sparse(tf), [True, False])),
        values(tf.convert_to_tensor_or_sparse_tensor(tf.SparseTensorValue([[0, 1]], [3.0], [2, 2]))),
        outcome(tf, lambda feed: tf.convert_to_tensor(sparse(tf))),
    ]


@program
def through_a_branch_and_a_loop(tf):
    flag = tf.placeholder(tf.bool, [])
    chosen = tf.cond(flag, lambda: sparse(tf), lambda: sparse(tf, values=(1.0, 2.0)))
    with tf.Session() as session:
        return [shown(session.run(chosen, {flag: value})) for value in (True, False)]
