"""Golden programs for the surface of a graph: names, looking things up, collections, finalizing, devices.

Which graph and which session are the default ones is in `session_programs_defaults.py`.
"""

from session_registry import error, initialized, program, static


@program()
def tensor_by_name(tf, slim):
    x = tf.placeholder(tf.float32, [2], name="scope/x")
    graph = tf.get_default_graph()
    return [graph.get_tensor_by_name("scope/x:0") is x, graph.get_tensor_by_name("scope/x:0").name]


@program()
def tensor_by_name_errors(tf, slim):
    tf.placeholder(tf.float32, [2], name="x")
    get = tf.get_default_graph().get_tensor_by_name
    return [
        error(lambda: get("missing:0"), "'missing:0'", "does not exist"),
        error(lambda: get("x:1"), "'x:1'", "only has 1 outputs"),
        error(lambda: get("x"), "'x'", "<op_name>:<output_index>"),
        error(lambda: get("missing"), "'missing'")[0],
        error(lambda: get(3))[0],
    ]


@program()
def operation_by_name(tf, slim):
    x = tf.placeholder(tf.float32, [2], name="x")
    graph = tf.get_default_graph()
    op = graph.get_operation_by_name("x")
    return [op is x.op, op.name, op.type, [t.name for t in op.outputs], op.values()[0] is x]


@program()
def operation_by_name_errors(tf, slim):
    tf.placeholder(tf.float32, [2], name="x")
    get = tf.get_default_graph().get_operation_by_name
    return [
        error(lambda: get("missing"), "'missing'", "refers to an Operation not in the graph"),
        error(lambda: get("x:0"), "'x:0'", "appears to refer to a Tensor, not a Operation"),
        error(lambda: get(3))[0],
    ]


@program()
def as_graph_element(tf, slim):
    x = tf.placeholder(tf.float32, [], name="x")
    v = tf.get_variable("v", initializer=1.0)
    graph = tf.get_default_graph()
    return [
        graph.as_graph_element("x:0") is x,
        graph.as_graph_element("x") is x.op,
        graph.as_graph_element(x) is x,
        graph.as_graph_element(v).name,
        error(lambda: graph.as_graph_element("y:0"))[0],
        error(lambda: graph.as_graph_element(3), "Can not convert a int")[0],
    ]


@program()
def variables_are_found_by_name(tf, slim):
    v = tf.get_variable("a/v", initializer=1.0)
    graph = tf.get_default_graph()
    with initialized(tf) as session:
        found = graph.get_tensor_by_name("a/v:0")
        return [found.name, found.op.type, session.run(found), graph.get_operation_by_name("a/v") is v.op]


@program()
def operations_in_order_of_creation(tf, slim):
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.identity(x)
    with tf.name_scope("s"):
        tf.add(x, y)
        tf.no_op()
    tf.constant(1.0)
    return [[op.name, op.type] for op in tf.get_default_graph().get_operations()]


@program()
def operations_of_an_empty_graph(tf, slim):
    return tf.get_default_graph().get_operations()


@program()
def names_are_made_unique(tf, slim):
    x, y = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    made = [
        x + y,
        x + y,
        tf.add(x, y),
        tf.add(x, y, name="add"),
        x * y,
        x * y,
        tf.multiply(x, y),
        tf.add(x, y, "A"),
    ]
    made += [tf.add(x, y, "a"), tf.add(x, y, "A_1"), tf.add(x, y, "A")]
    return [m.name for m in made]


@program()
def names_inside_name_scopes(tf, slim):
    x = tf.placeholder(tf.float32, [], name="x")
    facts = []
    for _ in range(2):
        with tf.name_scope("layer") as scope:
            facts += [scope, tf.identity(x).name, (x + x).name, tf.identity(x, name="out").name]
    with tf.name_scope("layer/"):
        facts.append(tf.identity(x, name="again").name)
    with tf.name_scope(None):
        facts.append(tf.identity(x, name="root").name)
    return facts


@program()
def names_inside_variable_scopes(tf, slim):
    x = tf.placeholder(tf.float32, [], name="x")
    facts = []
    for _ in range(2):
        with tf.variable_scope("v", reuse=tf.AUTO_REUSE):
            w = tf.get_variable("w", initializer=1.0)
            facts += [(x * w).name, tf.identity(x, name="y").name, w.name]
    return facts


@program()
def names_that_end_in_a_slash(tf, slim):
    x = tf.placeholder(tf.float32, [], name="x")
    first = tf.identity(x, name="a/b")
    with tf.name_scope("s") as scope:
        second = tf.identity(x, name=scope)
    with tf.name_scope("a"):
        third = tf.identity(x, name="b")
    return [first.name, second.name, third.name]


@program()
def names_that_are_not_valid(tf, slim):
    x = tf.placeholder(tf.float32, [])
    return [
        error(lambda: tf.identity(x, name="a b"), "'a b' is not a valid"),
        error(lambda: tf.placeholder(tf.float32, name="_x"), "'_x' is not a valid"),
        error(lambda: tf.constant(1.0, name="a:0"), "'a:0' is not a valid"),
    ]


@program()
def names_of_several_outputs(tf, slim):
    x = tf.placeholder(tf.float32, [2, 4])
    parts = tf.split(x, 2, axis=1, name="halves")
    graph = tf.get_default_graph()
    return [
        [p.name for p in parts],
        parts[0].op is parts[1].op,
        graph.get_tensor_by_name("halves:1") is parts[1],
    ]


@program()
def names_of_reductions_and_losses(tf, slim):
    x, y = tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.float32, [None, 2])
    made = [
        tf.reduce_mean(x),
        tf.reduce_sum(x, name="total"),
        tf.nn.softmax(x, name="probabilities"),
        tf.losses.mean_squared_error(x, y),
        slim.softmax(x, scope="Predictions"),
        tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=y),
        tf.nn.l2_loss(x),
        slim.l2_regularizer(0.5)(x),
    ]
    return [m.name for m in made]


@program()
def collections_of_tensors(tf, slim):
    x, y = tf.constant(1.0, name="scope/x"), tf.constant(2.0, name="y")
    for tensor in (x, y, x):
        tf.add_to_collection("things", tensor)
    found = tf.get_collection("things")
    with tf.Session() as session:
        facts = [session.run(found), [t is x for t in found], len(tf.get_collection("things", "scope"))]
        return facts + [tf.get_collection("nothing"), found is tf.get_collection("things")]


@program()
def reference_to_a_collection(tf, slim):
    tf.add_to_collection("things", tf.constant(1.0))
    reference = tf.get_collection_ref("things")
    reference.append(tf.constant(2.0))
    graph = tf.get_default_graph()
    graph.add_to_collections(["things", "more"], 3)
    facts = [
        len(tf.get_collection("things")),
        tf.get_collection("more"),
        "things" in graph.get_all_collection_keys(),
    ]
    graph.clear_collection("things")
    return facts + [tf.get_collection("things")]


@program()
def finalized_graph_takes_nothing_new(tf, slim):
    x = tf.placeholder(tf.float32, [])
    y = x + 1.0
    graph = tf.get_default_graph()
    before = graph.finalized
    graph.finalize()
    with tf.Session() as session:
        return [
            before,
            graph.finalized,
            session.run(y, {x: 1.0}),
            error(lambda: x * 2.0, "Graph is finalized and cannot be modified."),
            error(lambda: tf.get_variable("v", initializer=1.0))[0],
            error(lambda: tf.placeholder(tf.float32))[0],
        ]


@program()
def finalized_graph_is_caught_in_a_loop(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    init = tf.global_variables_initializer()
    tf.get_default_graph().finalize()
    with tf.Session() as session:
        session.run(init)
        return [session.run(v), error(lambda: session.run(tf.assign(v, 2.0)), "Graph is finalized")]


@program()
def device_has_no_effect_on_values(tf, slim):
    with tf.device("/cpu:0"):
        v = tf.get_variable("v", initializer=[1.0, 2.0])
        x = v * 2.0
    with tf.device("/device:CPU:0"), tf.device(None):
        y = x + 1.0
    with tf.device(lambda op: "/cpu:0"):
        z = tf.reduce_sum(y)
    with initialized(tf) as session:
        return [session.run(z), [t.name for t in (x, y, z)]]


@program()
def device_of_an_operation(tf, slim):
    plain = tf.constant(1.0)
    with tf.device("/cpu:0"):
        placed = tf.constant(1.0)
    return [plain.op.device, placed.op.device]


@program()
def graph_of_tensors_variables_and_sessions(tf, slim):
    x, v = tf.constant(1.0), tf.get_variable("v", initializer=1.0)
    graph = tf.get_default_graph()
    with tf.Session() as session:
        return [x.graph is graph, v.graph is graph, session.graph is graph, x.op.graph is graph]


@program()
def mixing_graphs_is_refused(tf, slim):
    x = tf.constant(1.0)
    with tf.Graph().as_default():
        return [
            error(lambda: x + tf.constant(1.0), "graph")[0],
            error(lambda: tf.add_n([x, tf.constant(1.0)]))[0],
        ]


@program()
def operations_follow_the_graph_of_their_inputs(tf, slim):
    x = tf.placeholder(tf.float32, [], name="x")
    with tf.Graph().as_default() as other:
        y = tf.identity(x, name="y")
        count = len(other.get_operations())
    return [y.graph is x.graph, count]


@program()
def regularization_losses_are_tensors(tf, slim):
    with slim.arg_scope([slim.conv2d], weights_regularizer=slim.l2_regularizer(0.1)):
        net = slim.conv2d(
            tf.placeholder(tf.float32, [None, 4, 4, 1]), 2, 3, weights_initializer=tf.ones_initializer()
        )
    losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    with initialized(tf) as session:
        return [
            [loss.name for loss in losses],
            session.run(losses),
            static(net),
            tf.losses.get_regularization_loss().name,
        ]


@program()
def moving_between_names_and_tensors(tf, slim):
    x = tf.placeholder(tf.float32, [None, 2], name="input")
    net = slim.fully_connected(x, 2, weights_initializer=tf.ones_initializer(), scope="fc")
    tf.nn.softmax(net, name="output")
    graph = tf.get_default_graph()
    inputs, outputs = graph.get_tensor_by_name("input:0"), graph.get_tensor_by_name("output:0")
    with initialized(tf) as session:
        return [
            session.run(outputs, {inputs: [[1.0, 2.0]]}),
            session.run("fc/Relu:0", {"input:0": [[1.0, 2.0]]}),
        ]


@program()
def unique_names_and_operations_share_counters(tf, slim):
    graph = tf.get_default_graph()
    names = [graph.unique_name("add"), graph.unique_name("add", mark_as_used=False)]
    x = tf.placeholder(tf.float32, [])
    return names + [(x + x).name, graph.unique_name("add")]


@program()
def get_shape_of_a_fetched_operation(tf, slim):
    slim.conv2d(tf.placeholder(tf.float32, [None, 8, 8, 3]), 4, 3, scope="c")
    graph = tf.get_default_graph()
    op = graph.get_operation_by_name("c/Relu")
    return [static(op.outputs[0]), [i.name for i in op.inputs], op.inputs[0].op.type]
