"""Golden programs for slim's variables: making, finding and filtering them, and the global step."""

from program_registry import dtype_name, error_of, index_in, inventory, names, program, shape_of, value_of


def collections_holding(tf, variable):
    """Keys of all collections that hold this very variable, sorted."""
    keys = ["mine", "yours"]
    keys += [getattr(tf.GraphKeys, key) for key in GRAPH_KEYS]
    return sorted(key for key in keys if index_in(tf.get_collection(key), variable) is not None)


def facts_of(tf, variable):
    shape, dtype = shape_of(variable), dtype_name(variable.dtype)
    return [variable.name, shape, dtype, bool(variable.trainable), collections_holding(tf, variable)]


GRAPH_KEYS = (
    "GLOBAL_VARIABLES",
    "LOCAL_VARIABLES",
    "MODEL_VARIABLES",
    "TRAINABLE_VARIABLES",
    "GLOBAL_STEP",
    "MOVING_AVERAGE_VARIABLES",
    "METRIC_VARIABLES",
)


def network(tf, slim):
    """Variables with names that share prefixes and suffixes, in several collections."""
    for scope in ("net", "network", "a/net"):
        with tf.variable_scope(scope):
            with tf.variable_scope("logits"):
                slim.model_variable("weights", [2])
                slim.model_variable("biases", [1], trainable=False)
            slim.variable("my_weights", [1])
    slim.model_variable("weights", [3])
    slim.local_variable([1.0], name="net/local")
    tf.get_variable("net_extra", [1])


@program()
def model_variable(tf, slim, zeros):
    v = slim.model_variable("v", [2, 3])
    with tf.variable_scope("a"):
        w = slim.model_variable("w", shape=(4,), dtype=tf.int32, initializer=tf.zeros_initializer())
    u = slim.model_variable("u", [1], trainable=False, collections=["mine"])
    return [facts_of(tf, x) for x in (v, w, u)]


@program()
def model_variable_collections(tf, slim, zeros):
    keys = tf.GraphKeys
    v = slim.model_variable("v", [1], collections=["mine", "yours"])
    w = slim.model_variable("w", [1], collections=[keys.MODEL_VARIABLES, keys.GLOBAL_VARIABLES])
    u = slim.model_variable("u", [1], collections=[])
    return [
        [facts_of(tf, x) for x in (v, w, u)],
        names(slim.get_model_variables()),
        names(slim.get_variables()),
    ]


@program()
def model_variable_with_regularizer(tf, slim, zeros):
    slim.model_variable(
        "v", [3], initializer=tf.constant_initializer(2.0), regularizer=slim.l2_regularizer(0.5)
    )
    return [value_of(x) for x in tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)]


@program()
def model_variable_reused(tf, slim, zeros):
    with tf.variable_scope("a"):
        v = slim.model_variable("v", [2])
    with tf.variable_scope("a", reuse=True):
        w = slim.model_variable("v", [2])
    return [w is v, inventory(tf)]


@program(words=("Variable v already exists",))
def model_variable_created_twice(tf, slim, zeros):
    slim.model_variable("v", [2])
    slim.model_variable("v", [2])


@program(words=("shape", "fully defined"))
def variable_without_shape(tf, slim, zeros):
    slim.variable("v")


@program()
def custom_getter_argument_takes_the_place_of_get_variable(tf, slim, zeros):
    """Slim's own argument receives no getter to call, unlike a variable scope's."""
    seen = []

    def getter(name, **kwargs):
        shape = [int(size) for size in kwargs["shape"]]
        seen.append([name, shape, sorted(kwargs["collections"]), kwargs["trainable"]])
        return tf.get_variable(name + "_got", kwargs["shape"])

    with tf.variable_scope("a"):
        v = slim.model_variable("v", [2], custom_getter=getter)
        w = slim.variable("w", [2], custom_getter=getter, trainable=False, collections=["mine"])
    return [seen, v.name, w.name, inventory(tf), names(tf.get_collection("mine"))]


@program()
def getter_of_a_scope_around_slims_variables(tf, slim, zeros):
    seen = []

    def getter(getter, name, *args, **kwargs):
        seen.append([name, sorted(kwargs["collections"] or [])])
        return getter(name, *args, **kwargs)

    with tf.variable_scope("a", custom_getter=getter):
        slim.model_variable("v", [2])
        slim.variable("w", [2])
        slim.local_variable(1.0, name="l")
    return [seen, inventory(tf)]


@program()
def plain_variable(tf, slim, zeros):
    v = slim.variable("v", [2], initializer=tf.constant_initializer(3.0))
    w = slim.variable("w", initializer=[1.0, 2.0])
    u = slim.variable("u", [2], trainable=False, collections=["mine"])
    i = slim.variable("i", [2], dtype=tf.int64)
    return [[facts_of(tf, x) for x in (v, w, u, i)], value_of(v), value_of(w), value_of(i)]


@program()
def variable_collections_without_duplicates(tf, slim, zeros):
    slim.variable("v", [1], collections=["mine", "mine", tf.GraphKeys.GLOBAL_VARIABLES])
    return [names(tf.get_collection("mine")), names(tf.global_variables()), names(tf.trainable_variables())]


@program()
def variable_takes_dtype_of_scope(tf, slim, zeros):
    with tf.variable_scope("a", dtype=tf.float64):
        v = slim.variable("v", [1])
        w = slim.model_variable("w", [1])
    return [dtype_name(v.dtype), dtype_name(w.dtype)]


@program()
def local_variable(tf, slim, zeros):
    v = slim.local_variable(1.0, name="v")
    w = slim.local_variable([[1, 2]], name="w")
    with tf.variable_scope("a"):
        u = slim.local_variable(0.0, name="v")
    return [[facts_of(tf, x) for x in (v, w, u)], value_of(v), value_of(w)]


@program()
def global_variable(tf, slim, zeros):
    v = slim.global_variable(1.0, name="v")
    w = slim.global_variable([[1, 2]], name="w")
    with tf.variable_scope("a"):
        u = slim.global_variable(0.0, name="v")
    return [[facts_of(tf, x) for x in (v, w, u)], value_of(v), value_of(w)]


@program()
def local_and_global_variable_names_are_uniquified(tf, slim, zeros):
    made = [slim.local_variable(1.0, name="v"), slim.global_variable(1.0, name="v")]
    made += [slim.local_variable(1.0, name="v"), slim.local_variable(1.0), slim.global_variable(1.0)]
    for _ in range(2):
        with tf.name_scope("n"):
            made.append(slim.local_variable(1.0, name="v"))
        with tf.variable_scope("a"):
            made.append(slim.local_variable(1.0, name="v"))
    return names(made)


@program()
def local_variable_from_a_tensor(tf, slim, zeros):
    v = slim.local_variable(zeros(2, 3) + 1.0, name="v")
    return [facts_of(tf, v), value_of(v)]


@program()
def add_model_variable(tf, slim, zeros):
    v = tf.get_variable("v", [1])
    slim.add_model_variable(v)
    slim.add_model_variable(v)
    return names(slim.get_model_variables())


@program()
def lists_of_every_kind(tf, slim, zeros):
    network(tf, slim)
    return {
        "variables": names(slim.get_variables()),
        "model": names(slim.get_model_variables()),
        "trainable": names(slim.get_trainable_variables()),
        "local": names(slim.get_local_variables()),
        "tf.global": names(tf.global_variables()),
        "tf.trainable": names(tf.trainable_variables()),
        "tf.model": names(tf.model_variables()),
        "tf.local": names(tf.local_variables()),
    }


@program()
def get_variables_by_scope(tf, slim, zeros):
    network(tf, slim)
    scopes = ("net", "net/", "network", "a", "logits", ".*logits", "weights", "", "none", "a/net/logits")
    return {scope: names(slim.get_variables(scope)) for scope in scopes}


@program()
def get_variables_by_scope_object(tf, slim, zeros):
    network(tf, slim)
    with tf.variable_scope("net") as sc:
        return [names(slim.get_variables(sc)), names(slim.get_model_variables(sc))]


@program()
def get_variables_by_suffix_argument(tf, slim, zeros):
    network(tf, slim)
    suffixes = (
        "weights",
        "/weights",
        "my_weights",
        "biases",
        "logits/weights",
        "ts",
        "logits",
        "",
        "w.ights",
    )
    return {suffix: names(slim.get_variables(suffix=suffix)) for suffix in suffixes}


@program()
def get_variables_by_scope_and_suffix(tf, slim, zeros):
    network(tf, slim)
    return [
        names(slim.get_variables("net", "weights")),
        names(slim.get_variables(scope="network", suffix="biases")),
        names(slim.get_model_variables("net", "weights")),
        names(slim.get_trainable_variables("net", "biases")),
        names(slim.get_local_variables("net", "local")),
        names(slim.get_local_variables("net", "weights")),
    ]


@program()
def get_variables_of_a_collection(tf, slim, zeros):
    network(tf, slim)
    tf.add_to_collection("mine", slim.get_variables("net")[0])
    return [
        names(slim.get_variables(collection="mine")),
        names(slim.get_variables("net", collection=tf.GraphKeys.MODEL_VARIABLES)),
        names(slim.get_variables(collection="unknown")),
    ]


@program()
def get_variables_by_suffix(tf, slim, zeros):
    network(tf, slim)
    return [
        names(slim.get_variables_by_suffix("weights")),
        names(slim.get_variables_by_suffix("weights", "net")),
        names(slim.get_variables_by_suffix("weights", scope="a")),
        names(slim.get_variables_by_suffix("nothing")),
    ]


@program()
def get_variables_by_name(tf, slim, zeros):
    network(tf, slim)
    return [
        names(slim.get_variables_by_name("weights")),
        names(slim.get_variables_by_name("weights", "net")),
        names(slim.get_variables_by_name("weights", scope="network")),
        names(slim.get_variables_by_name("my_weights")),
        names(slim.get_variables_by_name("eights")),
        names(slim.get_variables_by_name("logits/weights")),
        names(slim.get_variables_by_name("logits")),
    ]


@program()
def get_variable_lists_are_copies(tf, slim, zeros):
    network(tf, slim)
    before = len(slim.get_variables())
    slim.get_variables().append(None)
    tf.global_variables().append(None)
    return len(slim.get_variables()) == before


@program()
def get_unique_variable(tf, slim, zeros):
    network(tf, slim)
    wanted = ["net/logits/weights", "weights", "a/net/my_weights"]
    return [slim.get_unique_variable(name).name for name in wanted]


@program(words=("Couldn't find variable nothing",))
def get_unique_variable_that_does_not_exist(tf, slim, zeros):
    network(tf, slim)
    slim.get_unique_variable("nothing")


@program(words=("Variable net/logits does not uniquely identify a variable",))
def get_unique_variable_that_is_a_scope(tf, slim, zeros):
    network(tf, slim)
    slim.get_unique_variable("net/logits")


@program()
def get_unique_variable_among_prefixes(tf, slim, zeros):
    tf.get_variable("a/v", [1])
    tf.get_variable("a/v_1", [1])
    tf.get_variable("b/w", [1])

    def found(name):
        try:
            return slim.get_unique_variable(name).name
        except ValueError:
            return "ValueError"

    return [found(name) for name in ("a/v", "a/v_1", "a/", "b", "b/w", "a/v:0")]


@program()
def variables_to_restore_all(tf, slim, zeros):
    network(tf, slim)
    return [
        names(slim.get_variables_to_restore()),
        names(slim.get_variables_to_restore(include=None, exclude=None)),
        names(slim.get_variables_to_restore(include=[])),
        names(slim.get_variables_to_restore(exclude=[])),
    ]


@program()
def variables_to_restore_include(tf, slim, zeros):
    network(tf, slim)
    wanted = (["net"], ["net/"], ["net", "a"], ["a", "net"], ["net/logits", "net"], ["none"], ("weights",))
    return [names(slim.get_variables_to_restore(include=include)) for include in wanted]


@program()
def variables_to_restore_exclude(tf, slim, zeros):
    network(tf, slim)
    wanted = (["net"], ["net/logits"], ["net", "a"], ["logits"], [".*logits"], ["none"], ("weights",), [""])
    return [names(slim.get_variables_to_restore(exclude=exclude)) for exclude in wanted]


@program()
def variables_to_restore_include_and_exclude(tf, slim, zeros):
    network(tf, slim)
    return [
        names(slim.get_variables_to_restore(include=["net"], exclude=["net/logits"])),
        names(slim.get_variables_to_restore(["a", "weights"], ["a/net/logits"])),
        names(slim.get_variables_to_restore(include=["net"], exclude=["net"])),
        names(slim.get_variables_to_restore(include=[], exclude=["net"])),
    ]


@program()
def variables_to_restore_with_global_step(tf, slim, zeros):
    slim.get_or_create_global_step()
    network(tf, slim)
    return [
        names(slim.get_variables_to_restore())[0],
        names(slim.get_variables_to_restore(exclude=["net", "a", "weights"])),
        names(slim.get_variables_to_restore(include=["global_step"])),
    ]


@program(words=("include is provided but is not a list or a tuple",))
def variables_to_restore_include_of_wrong_type(tf, slim, zeros):
    network(tf, slim)
    slim.get_variables_to_restore(include="net")


@program(words=("exclude is provided but is not a list or a tuple",))
def variables_to_restore_exclude_of_wrong_type(tf, slim, zeros):
    network(tf, slim)
    slim.get_variables_to_restore(exclude="net")


@program()
def filter_variables_by_search(tf, slim, zeros):
    network(tf, slim)
    everything = slim.get_variables()
    patterns = ("net", "^net", "logits/w", "weights$", "biases|extra", "none", "n.t/", "")
    return {
        pattern: [
            names(slim.filter_variables(everything, include_patterns=[pattern])),
            names(slim.filter_variables(everything, exclude_patterns=[pattern])),
        ]
        for pattern in patterns
    }


@program()
def filter_variables_by_match(tf, slim, zeros):
    network(tf, slim)
    everything = slim.get_variables()
    patterns = ("net", "logits", ".*logits", "weights", "net/.*s$")
    return {
        pattern: [
            names(slim.filter_variables(everything, include_patterns=[pattern], reg_search=False)),
            names(slim.filter_variables(everything, exclude_patterns=[pattern], reg_search=False)),
        ]
        for pattern in patterns
    }


@program()
def filter_variables_without_patterns(tf, slim, zeros):
    network(tf, slim)
    everything = slim.get_variables()
    return [
        names(slim.filter_variables(everything)),
        names(slim.filter_variables(everything, include_patterns=[], exclude_patterns=[])),
        names(slim.filter_variables([])),
        names(slim.filter_variables(everything[:2], include_patterns=["weights"])),
    ]


@program()
def filter_variables_with_several_patterns(tf, slim, zeros):
    network(tf, slim)
    everything = slim.get_variables()
    return [
        names(slim.filter_variables(everything, include_patterns=["biases", "net/logits"])),
        names(slim.filter_variables(everything, exclude_patterns=["biases", "^net/"])),
        names(slim.filter_variables(everything, ["logits"], ["biases", "^a/"])),
        names(slim.filter_variables(everything, include_patterns=["net"], exclude_patterns=["net"])),
        names(slim.filter_variables(everything, ["my"], ["network"], reg_search=True)),
    ]


@program()
def variable_full_name(tf, slim, zeros):
    with tf.variable_scope("a"):
        v = slim.model_variable("b/v", [1])
    w = slim.local_variable(1.0, name="w")
    return [slim.get_variable_full_name(v), slim.get_variable_full_name(w)]


@program()
def collection_by_scope(tf, slim, zeros):
    network(tf, slim)
    key = tf.GraphKeys.GLOBAL_VARIABLES
    scopes = ("net", "net/", "^net/logits", "logits", ".*logits", "", "net.*biases$", "net/(logits|none)")
    return {scope: names(tf.get_collection(key, scope)) for scope in scopes}


@program()
def tf_lists_by_scope(tf, slim, zeros):
    network(tf, slim)
    return [
        names(tf.trainable_variables("net")),
        names(tf.global_variables("a")),
        names(tf.global_variables(scope="net/logits")),
        names(tf.model_variables("network")),
        names(tf.local_variables("net")),
        names(tf.local_variables("none")),
    ]


@program()
def collections_hold_anything(tf, slim, zeros):
    tf.add_to_collection("mine", 3)
    tf.add_to_collection("mine", "text")
    tf.add_to_collection("mine", 3)
    graph = tf.get_default_graph()
    graph.add_to_collection("mine", None)
    tf.get_collection("mine").append("lost")
    tf.get_collection_ref("mine").append("kept")
    without_names = tf.get_collection("mine", scope="t")
    graph.clear_collection("none")
    return [
        tf.get_collection("mine"),
        without_names,
        tf.get_collection("unknown"),
        graph.get_collection("mine"),
    ]


@program()
def collections_several_at_once(tf, slim, zeros):
    tf.add_to_collections(["mine", "yours"], 1)
    tf.add_to_collections(("mine", "mine"), 2)
    tf.add_to_collections("yours", 3)
    tf.get_default_graph().add_to_collections(["yours"], 4)
    return [tf.get_collection("mine"), tf.get_collection("yours")]


@program()
def collection_cleared(tf, slim, zeros):
    tf.add_to_collection("mine", 1)
    reference = tf.get_collection_ref("mine")
    tf.get_default_graph().clear_collection("mine")
    tf.add_to_collection("mine", 2)
    return [tf.get_collection("mine"), reference]


@program()
def collection_reference_of_a_new_key(tf, slim, zeros):
    reference = tf.get_collection_ref("mine")
    reference.append(1)
    tf.add_to_collection("mine", 2)
    return [tf.get_collection("mine"), reference]


@program()
def graph_keys(tf, slim, zeros):
    keys = """ACTIVATIONS ASSET_FILEPATHS BIASES CONCATENATED_VARIABLES COND_CONTEXT EVAL_STEP GLOBAL_STEP
    GLOBAL_VARIABLES INIT_OP LOCAL_INIT_OP LOCAL_RESOURCES LOCAL_VARIABLES LOSSES METRIC_VARIABLES
    MODEL_VARIABLES MOVING_AVERAGE_VARIABLES QUEUE_RUNNERS READY_FOR_LOCAL_INIT_OP READY_OP
    REGULARIZATION_LOSSES RESOURCES SAVEABLE_OBJECTS SAVERS SUMMARIES SUMMARY_OP TABLE_INITIALIZERS
    TRAINABLE_RESOURCE_VARIABLES TRAINABLE_VARIABLES TRAIN_OP UPDATE_OPS WEIGHTS WHILE_CONTEXT"""
    return {key: getattr(tf.GraphKeys, key) for key in keys.split()}


@program()
def global_step_does_not_exist(tf, slim, zeros):
    return slim.get_global_step() is None


@program()
def global_step_is_created(tf, slim, zeros):
    step = slim.create_global_step()
    return [facts_of(tf, step), value_of(step), slim.get_global_step() is step, inventory(tf)]


@program()
def global_step_is_found_or_created(tf, slim, zeros):
    step = slim.get_or_create_global_step()
    again = slim.get_or_create_global_step()
    return [facts_of(tf, step), again is step, slim.get_global_step() is step, names(tf.global_variables())]


@program(words=('"global_step" already exists',))
def global_step_is_created_twice(tf, slim, zeros):
    slim.create_global_step()
    slim.create_global_step()


@program(words=('"global_step" already exists',))
def global_step_is_created_after_being_found(tf, slim, zeros):
    slim.get_or_create_global_step()
    slim.create_global_step()


@program()
def global_step_in_a_scope(tf, slim, zeros):
    with tf.variable_scope("a"), tf.name_scope("n"):
        step = slim.get_or_create_global_step()
    return [step.name, slim.get_global_step() is step]


@program()
def global_step_of_another_graph(tf, slim, zeros):
    step = slim.create_global_step()
    graph = tf.Graph()
    other = slim.create_global_step(graph)
    inside = slim.get_global_step(graph)
    with graph.as_default():
        names_inside = names(tf.global_variables())
    return [other is step, inside is other, slim.get_global_step() is step, names_inside]


@program()
def global_step_in_two_graphs(tf, slim, zeros):
    first = slim.create_global_step()
    with tf.Graph().as_default():
        second = slim.create_global_step()
        return [first is second, slim.get_global_step() is second]


@program()
def global_step_from_the_collection(tf, slim, zeros):
    v = tf.get_variable("counter", [], tf.int64, trainable=False)
    tf.add_to_collection(tf.GraphKeys.GLOBAL_STEP, v)
    return [slim.get_global_step() is v, slim.get_or_create_global_step() is v]


@program()
def global_step_with_two_in_the_collection(tf, slim, zeros):
    for name in ("x", "y"):
        v = tf.get_variable(name, [], tf.int64, trainable=False)
        tf.add_to_collection(tf.GraphKeys.GLOBAL_STEP, v)
    return slim.get_global_step() is None


@program()
def global_step_by_name(tf, slim, zeros):
    tf.get_variable("global_step", [], tf.int64, trainable=False)
    return [slim.get_global_step().name, error_of(slim.create_global_step)]


@program(words=("global_step", "does not have integer type"))
def global_step_of_float_type(tf, slim, zeros):
    tf.get_variable("global_step", [], tf.float32)
    slim.get_global_step()


@program()
def assert_global_step_accepts(tf, slim, zeros):
    slim.assert_global_step(tf.get_variable("a", [], tf.int64))
    slim.assert_global_step(tf.get_variable("b", [], tf.int32))
    return slim.assert_global_step(slim.create_global_step())


@program(words=("global_step", "not scalar"))
def assert_global_step_of_a_vector(tf, slim, zeros):
    slim.assert_global_step(tf.get_variable("v", [1], tf.int64))


@program(words=("global_step", "does not have integer type"))
def assert_global_step_of_floats(tf, slim, zeros):
    slim.assert_global_step(tf.get_variable("v", [], tf.float32))


@program(words=("global_step", "must be a Variable or Tensor"))
def assert_global_step_of_something_else(tf, slim, zeros):
    slim.assert_global_step("step")


@program()
def assert_or_get_global_step(tf, slim, zeros):
    nothing = slim.assert_or_get_global_step() is None
    step = slim.create_global_step()
    given = tf.get_variable("own", [], tf.int64)
    found = slim.assert_or_get_global_step(global_step_tensor=given)
    return [nothing, slim.assert_or_get_global_step() is step, found is given]


@program(words=("Variable nothing wasn't found",))
def assign_from_values_of_a_missing_variable(tf, slim, zeros):
    import numpy as np

    slim.model_variable("v", [2])
    slim.assign_from_values({"nothing": np.zeros([2])})


@program(words=("Variable nothing wasn't found",))
def assign_from_values_fn_of_a_missing_variable(tf, slim, zeros):
    import numpy as np

    slim.model_variable("v", [2])
    slim.assign_from_values_fn({"nothing": np.zeros([2])})


@program(words=("shape", "(2,)"))
def assign_from_values_of_another_size(tf, slim, zeros):
    import numpy as np

    slim.model_variable("v", [2])
    slim.assign_from_values({"v": np.zeros([3])})


@program()
def assign_from_values_of_another_shape_of_the_same_size(tf, slim, zeros):
    import numpy as np

    slim.model_variable("v", [2, 3])
    return [
        error_of(lambda shape=shape: slim.assign_from_values({"v": np.zeros(shape)}))
        for shape in ([6], [3, 2], [7])
    ]


@program()
def assign_from_values_wants_the_full_name(tf, slim, zeros):
    import numpy as np

    slim.model_variable("a/v", [2])
    wanted = ("a/v", "v", "a", "a/v:0", "/a/v")
    return [
        [name, error_of(lambda name=name: slim.assign_from_values({name: np.zeros([2])}))] for name in wanted
    ]


@program()
def shapes_and_ranks(tf, slim, zeros):
    v = slim.model_variable("v", [2, 3])
    shape = v.get_shape()
    return [
        shape.as_list(),
        shape.ndims,
        shape[0].value,
        len(shape),
        shape[-1].value,
        [d.value for d in shape],
    ]
