"""Golden programs: the registry, the runner, and the helpers that programs state facts with.

A program is a function of `(tf, slim, zeros)` that returns facts fit for JSON. It is written once and
run twice: under TensorFlow 1.15.5 (`make_programs.py`) and under slim_torch
(`tests/test_golden_programs.py`), each time in a fresh graph. So programs and helpers use only what
both sides have (never the name of a layer's output), run under Python 3.7, and import neither side at
module level.
"""

import collections
import importlib
import json

MODULES = (
    "scope_programs",
    "getter_programs",
    "layer_name_programs",
    "arg_scope_programs",
    "variables_programs",
)

PROGRAMS = collections.OrderedDict()

Program = collections.namedtuple("Program", "function words")


def program(words=None):
    """Register the decorated function as `<module without _programs>.<function name>`.

    A program that is expected to raise declares `words`, the telling parts of TensorFlow's message.
    """

    def register(function):
        key = "{}.{}".format(function.__module__.replace("_programs", ""), function.__name__)
        assert key not in PROGRAMS, "two programs named " + key
        PROGRAMS[key] = Program(function, words)
        return function

    return register


def load_programs():
    """Import every module of programs; the registry, in the order of definition."""
    for module in MODULES:
        importlib.import_module(module)
    return PROGRAMS


def run(entry, tf, slim, zeros):
    """The facts of a program as JSON gives them back, or `{"error": type name, "message": text}`."""
    try:
        facts = entry.function(tf, slim, zeros)
    except Exception as err:
        return {"error": type(err).__name__, "message": str(err)}
    return json.loads(json.dumps(facts))


def names(variables):
    """Names of variables, in order, without `:0`."""
    return [variable.op.name for variable in variables]


def shape_of(variable):
    """A variable's shape as a list."""
    return variable.get_shape().as_list()


def dtype_name(dtype):
    """`'float32'`, for a dtype of either side."""
    dtype = getattr(dtype, "base_dtype", dtype)
    return getattr(dtype, "name", None) or str(dtype).split(".")[-1]


def reuse_name(tf, scope):
    """A scope's reuse flag: True, False, None or `'AUTO_REUSE'`."""
    return "AUTO_REUSE" if scope.reuse is tf.AUTO_REUSE else scope.reuse


def scope_facts(tf, scope):
    """Everything that names depend on in a variable scope."""
    return [scope.name, scope.original_name_scope, reuse_name(tf, scope)]


def index_in(variables, wanted):
    """Position by identity (comparing tensors with `==` would compare elements), or None."""
    return next((i for i, variable in enumerate(variables) if variable is wanted), None)


def value_of(tensor):
    """The value as nested lists; on the oracle, after running the initializers in a session."""
    if hasattr(tensor, "detach"):
        return tensor.detach().tolist()
    import tensorflow as tf

    with tf.Session(graph=tensor.graph) as session:
        with tensor.graph.as_default():
            session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        return session.run(tensor).tolist()


def inventory(tf):
    """Every variable as `[name, shape, trainable]` in order of creation, then names by collection.

    Losses and updates are counted: what they are called differs between the sides.
    """
    keys = tf.GraphKeys
    everything = tf.get_collection(keys.GLOBAL_VARIABLES)
    return {
        "global": [[v.op.name, shape_of(v), bool(v.trainable)] for v in everything],
        "trainable": names(tf.get_collection(keys.TRAINABLE_VARIABLES)),
        "model": names(tf.get_collection(keys.MODEL_VARIABLES)),
        "local": names(tf.get_collection(keys.LOCAL_VARIABLES)),
        "regularization_losses": len(tf.get_collection(keys.REGULARIZATION_LOSSES)),
        "update_ops": len(tf.get_collection(keys.UPDATE_OPS)),
    }


def error_of(action):
    """Type name of what `action()` raises, or None."""
    try:
        action()
    except Exception as err:
        return type(err).__name__
    return None
