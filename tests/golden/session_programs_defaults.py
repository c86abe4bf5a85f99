"""Golden programs for defaults: which graph, which session; opening, nesting and closing them; callables."""

from session_registry import error, kind, program


@program()
def with_graph_as_default(tf, slim):
    outer = tf.get_default_graph()
    with tf.Graph().as_default() as graph:
        inside = tf.get_default_graph() is graph
        x = tf.constant(1.0, name="x")
    return [inside, tf.get_default_graph() is outer, x.graph is graph, len(outer.get_operations())]


@program()
def graphs_nest(tf, slim):
    first, second = tf.Graph(), tf.Graph()
    facts = []
    with first.as_default():
        with second.as_default():
            facts.append(tf.get_default_graph() is second)
            with first.as_default():
                facts.append(tf.get_default_graph() is first)
            facts.append(tf.constant(1.0).graph is second)
        facts.append(tf.constant(1.0).graph is first)
    return facts


@program()
def graph_is_left_after_an_exception(tf, slim):
    outer = tf.get_default_graph()
    try:
        with tf.Graph().as_default():
            raise KeyError("stop")
    except KeyError:
        return tf.get_default_graph() is outer


@program(top_level=True)
def reset_default_graph(tf, slim):
    first = tf.get_default_graph()
    tf.constant(1.0, name="c")
    tf.get_variable("v", initializer=1.0)
    tf.add_to_collection("things", 1)
    tf.reset_default_graph()
    again = tf.constant(1.0, name="c")
    facts = [tf.get_default_graph() is first, again.name, tf.global_variables(), tf.get_collection("things")]
    return facts + [tf.get_variable("v", initializer=1.0).name]


@program(top_level=True)
def session_keeps_its_graph_over_a_reset(tf, slim):
    x = tf.constant(1.0)
    session = tf.Session()
    tf.reset_default_graph()
    y = tf.constant(2.0)
    facts = [
        session.run(x),
        error(lambda: session.run(y), "is not an element of this graph"),
        session.graph is x.graph,
    ]
    session.close()
    return facts


@program(top_level=True)
def reset_inside_another_graph(tf, slim):
    with tf.Graph().as_default():
        return error(tf.reset_default_graph)[0]


@program()
def session_of_a_chosen_graph(tf, slim):
    with tf.Graph().as_default() as graph:
        x = tf.constant(3.0)
    with tf.Session(graph=graph) as session:
        return [session.run(x), session.graph is graph, tf.get_default_graph() is graph, x.eval()]


@program()
def session_takes_the_graph_of_its_opening(tf, slim):
    x = tf.constant(1.0)
    session = tf.Session()
    with tf.Graph().as_default():
        y = tf.constant(2.0)
        facts = [session.run(x), error(lambda: session.run(y))[0]]
    session.close()
    return facts


@program(words=("The Session graph is empty.",))
def empty_graph(tf, slim):
    with tf.Session() as session:
        session.run("anything:0")


@program(words=("The Session graph is empty.",))
def empty_graph_and_nothing_fetched(tf, slim):
    with tf.Session() as session:
        session.run([])


@program()
def tensors_added_after_opening(tf, slim):
    with tf.Session() as session:
        x = tf.constant(1.0)
        first = session.run(x)
        y = x + 1.0
        return [first, session.run(y)]


@program(words=("Attempted to use a closed Session.",))
def closed_session(tf, slim):
    x = tf.constant(1.0)
    session = tf.Session()
    session.run(x)
    session.close()
    session.run(x)


@program(words=("Attempted to use a closed Session.",))
def session_after_its_with_block(tf, slim):
    x = tf.constant(1.0)
    with tf.Session() as session:
        session.run(x)
    session.run(x)


@program()
def closing_twice(tf, slim):
    session = tf.Session()
    return [session.close(), session.close()]


@program()
def default_session(tf, slim):
    x = tf.constant(1.0)
    before = tf.get_default_session()
    with tf.Session() as session:
        inside = tf.get_default_session() is session
        value = x.eval()
    return [before, inside, value, tf.get_default_session()]


@program()
def default_sessions_nest(tf, slim):
    x = tf.constant(1.0)
    with tf.Session() as outer:
        with tf.Session() as inner:
            facts = [tf.get_default_session() is inner, x.eval()]
        return facts + [tf.get_default_session() is outer, x.eval()]


@program()
def as_default_does_not_close(tf, slim):
    x = tf.constant(1.0)
    session = tf.Session()
    with session.as_default():
        first = x.eval()
    with session.as_default():
        second = x.eval()
    facts = [first, second, session.run(x), tf.get_default_session()]
    session.close()
    return facts


@program()
def session_without_with_is_no_default(tf, slim):
    x = tf.constant(1.0)
    session = tf.Session()
    facts = [error(x.eval, "No default session is registered"), x.eval(session=session)]
    session.close()
    return facts


@program()
def default_session_of_another_graph(tf, slim):
    x = tf.constant(1.0)
    with tf.Graph().as_default():
        tf.constant(2.0)
        with tf.Session():
            return error(x.eval, "Cannot use the default session to evaluate tensor", "different")


@program()
def running_an_operation_by_its_method(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    with tf.Session() as session:
        tf.global_variables_initializer().run()
        v.initializer.run()
        step = tf.assign_add(v, 1.0)
        facts = [step.op.run(), step.eval(), session.run(v)]
    return facts + [error(step.op.run, "No default session")]


@program(top_level=True)
def interactive_session(tf, slim):
    session = tf.InteractiveSession()
    x = tf.constant(2.0)
    facts = [x.eval(), tf.get_default_session() is session, session.run(x + 1.0), (x * x).eval()]
    session.close()
    return facts + [tf.get_default_session()]


@program(top_level=True)
def interactive_session_with_variables(tf, slim):
    session = tf.InteractiveSession()
    v = tf.Variable([1.0, 2.0])
    tf.global_variables_initializer().run()
    facts = [v.eval(), tf.reduce_sum(v).eval(feed_dict={v: [5.0, 6.0]})]
    session.close()
    return facts


@program()
def make_callable(tf, slim):
    x, y = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    with tf.Session() as session:
        add = session.make_callable(x + y, [x, y])
        both = session.make_callable([x, {"double": x * 2.0}], [x])
        nothing = session.make_callable(tf.no_op())
        return [add(1.0, 2.0), add(5.0, -1.0), both(3.0), nothing(), kind(add(1.0, 2.0))]


@program()
def make_callable_with_side_effects(tf, slim):
    v = tf.get_variable("v", initializer=0.0)
    with tf.Session() as session:
        session.run(v.initializer)
        step = session.make_callable(tf.assign_add(v, 1.0))
        return [step(), step(), session.run(v)]


@program()
def config_of_a_session(tf, slim):
    config = tf.ConfigProto(allow_soft_placement=True, log_device_placement=False)
    config.gpu_options.allow_growth = True
    config.intra_op_parallelism_threads = 1
    options = tf.GPUOptions(per_process_gpu_memory_fraction=0.5)
    x = tf.constant(1.0)
    with tf.Session(config=config) as first, tf.Session(
        "", config=tf.ConfigProto(gpu_options=options)
    ) as second:
        return [first.run(x), second.run(x), config.allow_soft_placement, config.gpu_options.allow_growth]


@program()
def exception_inside_a_session_closes_it(tf, slim):
    x = tf.constant(1.0)
    try:
        with tf.Session() as session:
            raise KeyError("stop")
    except KeyError:
        return [error(lambda: session.run(x), "Attempted to use a closed Session."), tf.get_default_session()]


@program()
def session_survives_an_error_of_a_run(tf, slim):
    x = tf.placeholder(tf.float32, [])
    y = x + 1.0
    with tf.Session() as session:
        refused = error(lambda: session.run(y))[0]
        return [refused, session.run(y, {x: 1.0})]


@program()
def errors_of_a_run_are_tensorflow_errors(tf, slim):
    x = tf.placeholder(tf.float32, [])
    v = tf.get_variable("v", initializer=1.0)
    caught = []
    with tf.Session() as session:
        for fetch, wanted in ((x, tf.errors.InvalidArgumentError), (v, tf.errors.FailedPreconditionError)):
            try:
                session.run(fetch)
            except wanted as err:
                caught.append([isinstance(err, tf.errors.OpError), bool(err.message)])
    return caught
