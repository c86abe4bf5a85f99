"""Golden programs for fetches: what may be fetched, in which structures, and what comes back."""

import collections

import numpy as np
from session_registry import error, initialized, kind, program


@program()
def a_tensor(tf, slim):
    with tf.Session() as session:
        made = [
            tf.constant(1.5),
            tf.constant([1, 2]),
            tf.constant(True),
            tf.zeros([0, 2]),
            tf.constant(3, tf.int64),
        ]
        return [kind(session.run(x)) for x in made]


@program()
def a_list_and_a_tuple(tf, slim):
    x, y = tf.constant(1.0), tf.constant(2.0)
    with tf.Session() as session:
        as_list, as_tuple = session.run([x, y]), session.run((x, y))
    return [kind(as_list), as_list, kind(as_tuple), as_tuple]


@program()
def a_dictionary(tf, slim):
    x, y = tf.constant(1.0), tf.constant(2.0)
    with tf.Session() as session:
        values = session.run({"b": y, "a": x, "both": [x, y]})
        ordered = session.run(collections.OrderedDict([("z", x), ("a", y)]))
    return [kind(values), values, kind(ordered), list(ordered), ordered]


@program()
def a_namedtuple(tf, slim):
    Outputs = collections.namedtuple("Outputs", "loss logits")
    x, y = tf.constant(1.0), tf.constant([2.0, 3.0])
    with tf.Session() as session:
        values = session.run(Outputs(loss=x, logits=y))
    return [type(values).__name__, values.loss, values.logits, values._fields]


@program()
def nested_structures(tf, slim):
    x, y = tf.constant(1.0), tf.constant(2.0)
    with tf.Session() as session:
        return session.run([x, (y, [x, {"k": (y,)}]), [], {"empty": {}}])


@program()
def empty_structures(tf, slim):
    with tf.Session() as session:
        tf.constant(1.0)
        return [session.run([]), session.run({}), session.run(())]


@program()
def none_is_refused(tf, slim):
    x = tf.constant(1.0)
    with tf.Session() as session:
        facts = [error(lambda: session.run(None), "None")[0], error(lambda: session.run([x, None]))[0]]
        return facts + [error(lambda: session.run({"a": None}))[0]]


@program()
def names_of_tensors(tf, slim):
    x = tf.placeholder(tf.float32, [], name="x")
    tf.multiply(x, 2.0, name="scope/y")
    with tf.Session() as session:
        return session.run(["scope/y:0", {"x": "x:0"}], {x: 3.0})


@program()
def names_of_operations(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    tf.assign_add(v, 2.0, name="step")
    with initialized(tf) as session:
        return [session.run("step"), session.run(["step", "step:0"]), session.run(v)]


@program()
def operations_give_none(tf, slim):
    x, v = tf.constant(1.0), tf.get_variable("v", initializer=1.0)
    with initialized(tf) as session:
        return session.run([tf.no_op(), x, v.initializer, tf.group(x), x.op])


@program()
def one_operation(tf, slim):
    with tf.Session() as session:
        return [session.run(tf.no_op()), session.run({"op": tf.no_op()})]


@program()
def variables(tf, slim):
    v, w = tf.get_variable("v", initializer=[1.0, 2.0]), tf.Variable(3)
    with initialized(tf) as session:
        return [session.run(v), kind(session.run(w)), session.run([w, {"v": v}]), session.run("v:0")]


@program()
def duplicates(tf, slim):
    counter = tf.get_variable("counter", initializer=0.0)
    step = tf.assign_add(counter, 1.0)
    with initialized(tf) as session:
        return [session.run([step, step, step]), session.run([counter, counter])]


@program()
def a_fed_placeholder(tf, slim):
    x = tf.placeholder(tf.float32, [None])
    with tf.Session() as session:
        value = session.run(x, {x: [1, 2]})
        return [value, kind(value), session.run([x, x + 1.0], {x: np.array([3.0])})]


@program()
def a_placeholder_that_is_not_fed(tf, slim):
    x = tf.placeholder(tf.float32, [2], name="x")
    with tf.Session() as session:
        return error(lambda: session.run(x), "You must feed a value for placeholder tensor 'x'", "float")


@program()
def what_cannot_be_fetched(tf, slim):
    tf.constant(1.0, name="c")
    with tf.Session() as session:
        return [
            error(lambda: session.run(3), "Fetch argument 3 has invalid type", "int"),
            error(lambda: session.run([1.5]), "has invalid type", "float"),
            error(lambda: session.run(np.zeros(2)))[0],
            error(lambda: session.run(object()), "has invalid type")[0],
        ]


@program()
def names_that_do_not_exist(tf, slim):
    tf.constant(1.0, name="c")
    with tf.Session() as session:
        return [
            error(
                lambda: session.run("missing:0"),
                "Fetch argument 'missing:0' cannot be interpreted as a Tensor",
                "missing",
            ),
            error(lambda: session.run("missing"), "Fetch argument 'missing'", "cannot be interpreted"),
            error(lambda: session.run("c:1"), "c:1", "cannot be interpreted"),
            error(lambda: session.run(""))[0],
        ]


@program()
def tensor_of_another_graph(tf, slim):
    tf.constant(1.0)
    with tf.Graph().as_default():
        other = tf.constant(2.0, name="other")
    with tf.Session() as session:
        return error(lambda: session.run(other), "is not an element of this graph")


@program()
def a_bad_fetch_beside_good_ones_runs_nothing(tf, slim):
    counter = tf.get_variable("counter", initializer=0.0)
    step = tf.assign_add(counter, 1.0)
    with initialized(tf) as session:
        refused = error(lambda: session.run([step, 3]))[0]
        return [refused, session.run(counter)]


@program()
def optimizers_train_op(tf, slim):
    v = tf.get_variable("v", initializer=4.0)
    loss = tf.square(v)
    step = tf.train.GradientDescentOptimizer(0.25).minimize(loss)
    with initialized(tf) as session:
        first = session.run([step, v.initialized_value()])[0]
        return [first, session.run({"train": step})["train"], session.run(v)]


@program()
def gradients_beside_values(tf, slim):
    x = tf.placeholder(tf.float32, [2])
    y = tf.reduce_sum(x * x)
    with tf.Session() as session:
        return session.run({"y": y, "dx": tf.gradients(y, x)}, {x: [1.0, 3.0]})


@program()
def outputs_with_several_tensors(tf, slim):
    x = tf.constant([[1.0, 3.0, 2.0]])
    values, indices = tf.nn.top_k(x, k=2)
    mean, variance = tf.nn.moments(x, [1])
    with tf.Session() as session:
        top = session.run(tf.nn.top_k(x, k=2))
        return [
            values.name,
            indices.name,
            session.run([values, indices, mean, variance]),
            top.values,
            top.indices,
        ]


@program()
def values_are_not_changed_by_later_runs(tf, slim):
    v = tf.get_variable("v", initializer=[1.0, 2.0])
    step = tf.assign_add(v, [1.0, 1.0])
    with initialized(tf) as session:
        before = session.run(v)
        kept = session.run(step)
        kept[0] = 100.0
        session.run(step)
        return [before, session.run(v)]
