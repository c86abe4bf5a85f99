"""Golden programs about sessions: the registry, the runner, and the helpers that programs state facts with.

A program is a function of `(tf, slim)`, written as scripts for TensorFlow 1 were, that returns facts: numbers,
strings, NumPy arrays and nestings of them. It is written once and run twice: under TensorFlow 1.15.5
(`make_session_programs.py`) and under slim_torch (`tests/test_session_programs.py`), each time in a fresh
graph. So programs and helpers use only what both sides have, run under Python 3.7, import neither side at
module level, and never state a value that was drawn at random. `program_registry.py` holds the programs
that need no session.
"""

import collections
import contextlib
import importlib

import numpy as np

MODULES = (
    "session_programs_symbolic",
    "session_programs_shapes",
    "session_programs_fetches",
    "session_programs_feeds",
    "session_programs_variables",
    "session_programs_assignments",
    "session_programs_separate",
    "session_programs_execution",
    "session_programs_control",
    "session_programs_loops",
    "session_programs_random",
    "session_programs_gradients",
    "session_programs_clipping",
    "session_programs_optimizers",
    "session_programs_training",
    "session_programs_graph",
    "session_programs_defaults",
    "session_programs_saver",
    "session_programs_datasets",
    "session_programs_queues",
    "session_programs_hooks",
    "session_programs_layers",
    "session_programs_batch_norm",
)

PROGRAMS = collections.OrderedDict()

Program = collections.namedtuple("Program", "function words top_level")


def program(words=None, top_level=False):
    """Register the decorated function as `<module without session_programs_>.<function name>`.

    Args:
      words: the telling parts of TensorFlow's message, for a program that is expected to raise.
      top_level: the program runs in the default graph that a script starts with, outside every `with`.
    """

    def register(function):
        key = "{}.{}".format(function.__module__.replace("session_programs_", ""), function.__name__)
        assert key not in PROGRAMS, "two programs named " + key
        PROGRAMS[key] = Program(function, words, top_level)
        return function

    return register


def load_programs():
    """Import every module of programs; the registry, in the order of definition."""
    for module in MODULES:
        importlib.import_module(module)
    return PROGRAMS


def run(entry, tf, slim):
    """The facts of a program in a fresh graph, fit for JSON, or `{"error": type name, "message": text}`."""
    tf.reset_default_graph()
    try:
        with contextlib.ExitStack() as stack:
            if not entry.top_level:
                stack.enter_context(tf.Graph().as_default())
            return plain(entry.function(tf, slim))
    except Exception as err:
        return {"error": type_name(err), "message": str(err)}
    finally:
        tf.reset_default_graph()


def plain(facts):
    """Facts as JSON gives them back; anything but numbers, strings, NumPy values and nestings is refused."""
    if isinstance(facts, (np.ndarray, np.generic)):
        return plain(facts.tolist())
    if facts is None or isinstance(facts, (bool, int, float, str)):
        return facts
    if isinstance(facts, bytes):
        return facts.decode()
    if isinstance(facts, (list, tuple)):
        return [plain(item) for item in facts]
    if isinstance(facts, dict):
        return {key: plain(item) for key, item in facts.items()}
    raise TypeError("a fact is a " + type(facts).__name__)


def type_name(err):
    """The name of an exception's type; for types that TensorFlow keeps private, of the builtin it is a kind of."""
    private = ("OperatorNotAllowedInGraphError", "InaccessibleTensorError")
    names = [base.__name__ for base in type(err).__mro__ if base.__name__ not in private]
    return names[0]


def error(action, *words):
    """Type name of what `action()` raises, then `words`: telling parts of TensorFlow's message.

    A word that is not in the message is given back together with the message, so that facts differ;
    `["nothing"]` if nothing is raised.
    """
    try:
        action()
    except Exception as err:
        message = str(err)
        missing = "missing: {} in: " + message
        return [type_name(err)] + [w if w in message else missing.format(w) for w in words]
    return ["nothing"]


@contextlib.contextmanager
def initialized(tf):
    """A session whose variables, global and local, have been initialized."""
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        yield session


def kind(value):
    """What a fetch gave: its Python type, and dtype and shape where it has them."""
    if isinstance(value, (np.ndarray, np.generic)):
        family = "array" if isinstance(value, np.ndarray) else "scalar"
        return [family, value.dtype.name, list(value.shape)]
    return type(value).__name__


def static(tensor):
    """A tensor's static shape as a list, None for an unknown rank."""
    shape = tensor.get_shape()
    return None if shape.ndims is None else shape.as_list()
