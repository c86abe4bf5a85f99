"""Programs about templates, confusion matrices, seeds, files, flags and other tools of scripts."""

import os
import tempfile

import numpy as np
from session_registry import error
from tf_misc_tools import outcome, program, shown


def scaled(tf):
    def function(x, s=1.0):
        return x * tf.get_variable("w", [1], initializer=tf.ones_initializer()) * s

    return function


@program
def templates(tf):
    template = tf.make_template("my", scaled(tf), s=2.0)
    unused = template.variables, template.name
    a, b = template(tf.constant([1.0])), template(tf.constant([3.0]))
    other = tf.make_template("my", scaled(tf))
    c = other(tf.constant([1.0]))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        values = shown(session.run([a, b, c]))
    return [
        list(unused),
        [v.op.name for v in tf.global_variables()],
        [a.op.name, b.op.name, c.op.name],
        values,
        [template.name, other.name, template.variable_scope_name, template.variable_scope.name],
        [[v.op.name for v in template.variables], [v.op.name for v in other.trainable_variables]],
    ]


@program
def templates_and_scopes(tf):
    early = tf.make_template("my", scaled(tf), create_scope_now_=True)
    with tf.variable_scope("a"):
        x = early(1.0)
    late = tf.make_template("my", scaled(tf))
    with tf.variable_scope("b"):
        late(1.0)
    with tf.variable_scope("c"):
        y = late(1.0)
    unique = tf.make_template("my", scaled(tf), unique_name_="only")
    unique(1.0)
    names = [v.op.name for v in tf.global_variables()]
    second = tf.make_template("my", scaled(tf), unique_name_="only")
    return [names, x.op.name, y.op.name, error(lambda: second(1.0), "only/w", "already exists")]


@program
def templates_make_their_variables_once(tf):
    calls = []

    def growing(x):
        calls.append(x)
        return x * tf.get_variable(f"w{len(calls)}", [1])

    def plain(x):
        return x * tf.Variable(1.0, name="w")

    first, second = tf.make_template("my", growing), tf.make_template("other", plain)
    first(1.0)
    second(1.0)
    return [
        error(lambda: first(1.0), "my/w2", "does not exist"),
        error(lambda: second(1.0), "Trainable variable created when calling a template after the first time"),
    ]


@program
def confusion_matrices(tf):
    return [
        outcome(tf, lambda feed: tf.confusion_matrix([0, 1, 2, 2], [0, 1, 1, 2])),
        outcome(
            tf,
            lambda feed: tf.confusion_matrix(
                [0, 1], [0, 1], num_classes=4, dtype=tf.float32, weights=[0.5, 2.0]
            ),
        ),
        outcome(tf, lambda feed: tf.confusion_matrix([[0], [1]], [0, 1], name="mine")),
        outcome(tf, lambda feed: tf.confusion_matrix(feed.of([0, 2], [None], "int32"), [0, 1])),
        outcome(tf, lambda feed: tf.confusion_matrix(feed.of([0, 2], [None], "int64"), [1, 1], 3)),
        outcome(tf, lambda feed: tf.confusion_matrix([0, -1], [0, 1]), "`labels` contains negative values"),
        outcome(
            tf,
            lambda feed: tf.confusion_matrix(feed.of([0, 5], [2], "int32"), [0, 1], 3),
            "`labels` out of bound",
        ),
        outcome(
            tf,
            lambda feed: tf.confusion_matrix([0, 1], feed.of([0, 5], [2], "int32"), 3),
            "`predictions` out of bound",
        ),
    ]


@program
def local_variables(tf):
    v = tf.get_local_variable("l", [2], initializer=tf.ones_initializer())
    with tf.variable_scope("", reuse=True):
        again = tf.get_local_variable("l", [2]) is v
    return [
        v.op.name,
        again,
        [w.op.name for w in tf.local_variables()],
        [w.op.name for w in tf.global_variables()],
        [w.op.name for w in tf.trainable_variables()],
    ]


@program
def seeds(tf):
    facts = [list(tf.get_seed(None)), list(tf.get_seed(3))]
    tf.set_random_seed(5)
    return [*facts, list(tf.get_seed(3)), list(tf.get_seed(None))]


@program
def classes_that_are_certain(tf):
    logits = [[0.0, -90.0, -90.0], [-90.0, -90.0, 0.0]]
    return [
        outcome(tf, lambda feed: tf.multinomial(logits, 4)),
        outcome(tf, lambda feed: tf.multinomial(logits, 2, output_dtype=tf.int32, name="mine")),
        outcome(tf, lambda feed: tf.random.categorical(logits, 3)),
        outcome(
            tf,
            lambda feed: tf.random.categorical(feed.of(logits, [None, 3]), feed.of(2, [], "int32", name="n")),
        ),
        outcome(tf, lambda feed: tf.multinomial([0.0, 1.0], 3)),
    ]


@program
def classes_that_are_drawn(tf):
    tf.set_random_seed(1)
    drawn = tf.multinomial(tf.log([[0.2, 0.3, 0.5]]), 20000)
    with tf.Session() as session:
        counts = np.bincount(session.run(drawn)[0], minlength=3) / 20000.0
        return [
            abs(counts - [0.2, 0.3, 0.5]).max() < 0.02,
            bool((session.run(drawn) != session.run(drawn)).any()),
        ]


@program
def names_of_random_and_initializers(tf):
    random = ("normal", "uniform", "shuffle", "set_random_seed", "truncated_normal", "gamma", "poisson")
    listed = [name for name in dir(tf.initializers) if name[0] != "_"]
    return [[hasattr(tf.random, name) for name in random], sorted(listed)]


@program
def texts_and_bytes(tf):
    compat = tf.compat
    return [
        repr(
            [
                compat.as_bytes("\u00e9"),
                compat.as_text(b"\xc3\xa9"),
                compat.as_str(b"a"),
                compat.as_str_any(3),
            ]
        ),
        error(lambda: compat.as_bytes(3), "Expected binary or unicode string, got 3"),
        error(lambda: compat.as_text(3), "Expected binary or unicode string, got 3"),
        [isinstance(np.int32(1), compat.integral_types), isinstance(1.0, compat.integral_types)],
        [isinstance(np.float32(1), compat.real_types), isinstance(1j, compat.complex_types)],
        [compat.dimension_value(tf.Dimension(3)), compat.dimension_value(tf.Dimension(None))],
        [compat.path_to_str("a"), compat.v1.get_variable is not None],
    ]


@program
def versions(tf):
    return [tf.VERSION, tf.__version__, tf.GIT_VERSION]


@program
def levels(tf):
    log = tf.logging
    before = log.get_verbosity()
    log.set_verbosity(log.INFO)
    changed = log.get_verbosity()
    log.set_verbosity(before)
    return [changed, log.DEBUG, log.INFO, log.WARN, log.ERROR, log.FATAL]


@program
def files(tf):
    gfile = tf.gfile
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "a.txt")
    deep = os.path.join(folder, "x", "y")
    facts = []
    with gfile.GFile(path, "w") as file:
        file.write("one\ntwo\n")
        file.write("three")
    with gfile.GFile(path) as file:
        facts += [
            file.read(3),
            file.readline(),
            file.tell(),
            file.read(),
            file.size(),
            file.name == path,
            file.mode,
        ]
    with gfile.Open(path, "rb") as file:
        facts += [file.read().decode()]
    with gfile.FastGFile(path, "a") as file:
        file.write("!")
    facts += [list(gfile.GFile(path)), gfile.GFile(path).readlines()]
    gfile.MakeDirs(deep)
    gfile.MakeDirs(deep)
    facts += [
        gfile.Exists(deep),
        gfile.IsDirectory(deep),
        gfile.IsDirectory(path),
        gfile.Exists(folder + "/no"),
    ]
    facts += [error(lambda: gfile.MkDir(deep)), error(lambda: gfile.MkDir(folder + "/p/q"))]
    gfile.Copy(path, deep + "/b.txt")
    facts += [
        error(lambda: gfile.Copy(path, deep + "/b.txt")),
        error(lambda: gfile.Copy(folder + "/no", folder + "/c")),
    ]
    gfile.Copy(path, deep + "/b.txt", overwrite=True)
    gfile.Rename(deep + "/b.txt", deep + "/c.txt")
    facts += [
        error(lambda: gfile.Rename(folder + "/no", folder + "/c")),
        error(lambda: gfile.Rename(path, deep + "/c.txt")),
    ]
    facts += [
        [name.rstrip("/") for name in sorted(gfile.ListDirectory(folder))],
        error(lambda: gfile.ListDirectory(folder + "/no")),
    ]
    facts += [[os.path.relpath(name, folder) for name in gfile.Glob(folder + "/*.txt")]]
    facts += [[[os.path.relpath(top, folder), below, names] for top, below, names in gfile.Walk(folder)]]
    facts += [[os.path.relpath(top, folder) for top, _, _ in gfile.Walk(folder, in_order=False)]]
    facts += [gfile.Stat(path).length, gfile.Stat(path).is_directory, gfile.Stat(folder).is_directory]
    facts += [error(lambda: gfile.Stat(folder + "/no")), error(lambda: gfile.Remove(folder + "/no"))]
    facts += [
        error(lambda: gfile.GFile(folder + "/no").read()),
        error(lambda: gfile.DeleteRecursively(folder + "/no")),
    ]
    facts += [error(lambda: gfile.GFile(path, "w").read()), error(lambda: gfile.GFile(path, "r").write("x"))]
    gfile.Remove(path) if gfile.Exists(path) else None
    gfile.DeleteRecursively(folder)
    return [*facts, gfile.Exists(folder)]


@program
def options(tf):
    flags = tf.flags
    values = flags.FlagValues()
    flags.DEFINE_string("text", "a", "A text.", flag_values=values)
    flags.DEFINE_integer("count", 3, "A number.", flag_values=values)
    flags.DEFINE_float("rate", 0.5, "A rate.", flag_values=values)
    flags.DEFINE_boolean("on", False, "A switch.", flag_values=values)
    flags.DEFINE_bool("off", True, "A switch.", flag_values=values)
    flags.DEFINE_enum("kind", "x", ["x", "y"], "A kind.", flag_values=values)
    flags.DEFINE_list("items", ["p", "q"], "Items.", flag_values=values)
    flags.DEFINE_multi_string("many", None, "Many.", flag_values=values)
    flags.DEFINE_multi_integer("numbers", [1], "Many.", flag_values=values)
    flags.DEFINE_string("none", None, "None.", flag_values=values)

    def all_values():
        names = ("text", "count", "rate", "on", "off", "kind", "items", "many", "numbers", "none")
        return [getattr(values, name) for name in names]

    facts = []
    facts.append(values(["script"]))
    facts.append(all_values())
    line = "script --text=b --count 4 -rate=2 --on --nooff rest --kind=y --items=a,b --many=u --many=v --numbers=7 --none=-"
    facts.append(values(line.split()))
    facts.append(all_values())
    facts.append(values(["script", "--on=false", "--", "--text=c"]))
    facts.append(all_values())
    facts.append(values(["script", "--unknown=1", "-x"], known_only=True))
    facts += [
        error(lambda: values(["script", "--unknown"]), "Unknown command line flag 'unknown'"),
        error(lambda: values(["script", "--count=x"]), "--count=x"),
        error(lambda: values(["script", "--kind=z"]), "--kind=z", "value should be one of <x|y>"),
        error(lambda: values(["script", "--on=perhaps"]), "--on=perhaps"),
        error(lambda: values.nothing),
        error(lambda: flags.DEFINE_integer("number", "x", "A number.", flag_values=values), "--number=x"),
        error(lambda: flags.DEFINE_enum("other", "z", ["x"], "A kind.", flag_values=values)),
    ]
    values.text = "set"
    facts += [values.text, "text" in values, "nothing" in values, values["count"].default]
    flags.DEFINE_string("needed", None, "Needed.", flag_values=values)
    flags.mark_flag_as_required("needed", flag_values=values)
    facts.append(error(lambda: values(["script"]), "--needed=None"))
    facts.append(values(["script", "--needed=x"]))
    return facts


@program
def a_test_case(tf):
    class Case(tf.test.TestCase):
        def runTest(self):
            pass

    case = Case()
    case.setUp()
    facts = [
        error(lambda: case.assertAllClose([1.0, 2.0], [1.0, 2.0000001])),
        error(lambda: case.assertAllClose([1.0, 2.0], [1.0, 2.1])),
        error(lambda: case.assertAllClose([1.0, 2.0], [1.0, 2.1], rtol=0.1)),
        error(lambda: case.assertAllClose([1.0, 2.0], [1.0])),
        error(lambda: case.assertAllClose({"a": [1.0]}, {"a": [1.0]})),
        error(lambda: case.assertAllClose({"a": [1.0]}, {"a": [2.0]})),
        error(lambda: case.assertAllEqual([1, 2], np.array([1, 2]))),
        error(lambda: case.assertAllEqual([1, 2], [1, 3])),
        error(lambda: case.assertAllEqual([[1, 2]], [1, 2])),
        error(lambda: case.assertAllEqual(["a"], np.array([b"a"]))),
        error(lambda: case.assertNotAllClose([1.0], [1.0])),
        error(lambda: case.assertShapeEqual(np.ones([2, 3]), tf.ones([2, 3]))),
        error(lambda: case.assertShapeEqual(np.ones([2, 3]), tf.ones([3, 2]))),
        error(lambda: case.assertNear(1.0, 1.1, 0.2)),
        error(lambda: case.assertArrayNear([1.0], [1.1], 0.01)),
        error(lambda: case.assertAllGreater([1.0, 2.0], 0.0)),
        os.path.isdir(case.get_temp_dir()),
    ]
    with case.test_session() as session:
        facts.append(session.run(tf.constant(3.0)))
        facts.append(case.evaluate(tf.constant(4.0)))
        facts.append(tf.constant(5.0).eval())
        with case.assertRaisesOpError("told"):
            session.run(tf.Assert(tf.constant(False), ["told"]))
    with case.cached_session() as again:
        facts.append(again is session)
    case.tearDown()
    return facts
