"""Golden programs about the framework's smaller names: the registry, and how a case of a program is stated.

As in `session_registry.py` a program is written once and run twice, under TensorFlow 1.15.5
(`make_tf_misc.py`) and under slim_torch; here it is a function of `tf` alone. Most of them are tables of
`outcome`s: something is built in a fresh graph and run, and what it is called, what it gives or how it fails
are the facts.
"""

import numpy as np
import session_registry
from session_registry import type_name

MODULES = (
    "tf_misc_checks",
    "tf_misc_scatter",
    "tf_misc_tensor_array",
    "tf_misc_sparse",
    "tf_misc_strings",
    "tf_misc_framework",
    "tf_misc_names",
)

PROGRAMS = {}


def program(function):
    """Registers a function of `tf` as `<module without tf_misc_>.<name>`."""
    key = "{}.{}".format(function.__module__.replace("tf_misc_", ""), function.__name__)
    assert key not in PROGRAMS, "two programs named " + key
    PROGRAMS[key] = function
    return function


def run(function, tf):
    """The facts of a program, fit for JSON."""
    entry = session_registry.Program(lambda tf, slim: function(tf), None, True)
    return session_registry.run(entry, tf, None)


class Feed(dict):
    """Makes placeholders, and remembers what they are to be fed."""

    def __init__(self, tf):
        super().__init__()
        self._tf = tf

    def of(self, value, shape=None, dtype="float32", name="p"):
        made = self._tf.placeholder(getattr(self._tf, dtype), shape, name=name)
        self[made] = value
        return made


def outcome(tf, build, *words):
    """What `build(feed)` makes and gives when it is run; or how one of them fails, and `words` of the message."""
    with tf.Graph().as_default():
        feed = Feed(tf)
        try:
            made = build(feed)
        except Exception as err:
            return ["build", type_name(err)] + told(err, words)
        facts = [described(made)]
        with tf.Session() as session:
            session.run([tf.global_variables_initializer(), tf.tables_initializer()])
            try:
                return [*facts, shown(session.run(made, dict(feed)))]
            except tf.errors.OpError as err:
                return [*facts, "run", type_name(err), *told(err, words)]


def told(err, words):
    """The words of the message; with the message where they are not in it, so that facts differ."""
    text = " ".join(str(err).split())
    return [word if word in text else f"missing: {word} in: {text}" for word in words]


def described(made):
    """Name, dtype and static shape of a tensor; name and type of an operation; of several, one by one."""
    if isinstance(made, (list, tuple)):
        return [described(item) for item in made]
    if hasattr(made, "dense_shape"):
        return [described(part) for part in (made.indices, made.values, made.dense_shape)]
    if hasattr(made, "get_shape"):
        return [made.name, dtype_name(made.dtype), session_registry.static(made)]
    return [made.name, made.type] if hasattr(made, "type") else None


def dtype_name(dtype):
    dtype = getattr(dtype, "base_dtype", dtype)
    return str(getattr(dtype, "name", dtype)).replace("torch.", "")


def shown(value):
    """A fetched value as JSON has it, strings as text."""
    if isinstance(value, (list, tuple)):
        return [shown(item) for item in value]
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if isinstance(value, (np.ndarray, np.generic)):
        return shown(value.tolist())
    return value
