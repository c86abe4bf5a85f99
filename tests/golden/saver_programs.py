"""Golden programs for restoring and saving: written once, run under TensorFlow 1.15.5 and under slim_torch.

A program is a function of `(tf, slim, kit)` that returns facts fit for JSON. The kit is what differs
between the sides: sessions, values, and the names of files (`make_saver.py` and `tests/test_saver.py` have
one each). Runs under Python 3.7; imports neither side.
"""

import collections
import json

import numpy as np

PROGRAMS = collections.OrderedDict()
Program = collections.namedtuple("Program", "function words")


def program(words=None):
    """Registers a program; one that is expected to raise declares the telling words of the message."""

    def register(function):
        assert function.__name__ not in PROGRAMS
        PROGRAMS[function.__name__] = Program(function, words)
        return function

    return register


def run(entry, tf, slim, kit):
    """The facts as JSON gives them back, or `{"error": type name, "message": text}`."""
    try:
        facts = entry.function(tf, slim, kit)
    except Exception as err:
        return {"error": type(err).__name__, "message": str(err)}
    return json.loads(json.dumps(facts))


def error_of(action):
    """Type name of what `action()` raises, or None."""
    try:
        action()
    except Exception as err:
        return type(err).__name__
    return None


def make(tf, **values):
    """Variables of the given values, in the order of their names; `__` stands for a slash."""
    return [
        tf.get_variable(name.replace("__", "/"), initializer=np.array(value, np.float32))
        for name, value in sorted(values.items())
    ]


def written(tf, kit, **values):
    """A checkpoint with the given values, and its path."""
    with tf.Graph().as_default():
        make(tf, **values)
        with kit.session() as session:
            return tf.train.Saver().save(session, kit.path("written", "model.ckpt"), global_step=3)


# assign_from_checkpoint


@program()
def assign_list(tf, slim, kit):
    path = written(tf, kit, a=[1, 2], b=[3], c=[9])
    a, b = make(tf, a=[0, 0], b=[0])
    with kit.session() as session:
        feed = kit.assign(session, slim.assign_from_checkpoint(path, [a, b]))
        return [feed, kit.get(session, a), kit.get(session, b)]


@program()
def assign_dictionary(tf, slim, kit):
    path = written(tf, kit, a=[1, 2], b=[3])
    x, y = make(tf, x=[0, 0], y__z=[0])
    with kit.session() as session:
        kit.assign(session, slim.assign_from_checkpoint(path, {"a": x, "b": y}))
        return [kit.get(session, x), kit.get(session, y)]


@program()
def assign_single_variable_in_list_value(tf, slim, kit):
    path = written(tf, kit, a=[1, 2])
    (x,) = make(tf, x=[0, 0])
    with kit.session() as session:
        kit.assign(session, slim.assign_from_checkpoint(path, {"a": [x]}))
        return kit.get(session, x)


@program(words=["Total size of new array must be unchanged", "a", "(2,)", "(2, 1)"])
def assign_other_shape_of_the_same_size(tf, slim, kit):
    path = written(tf, kit, a=[1, 2])
    slim.assign_from_checkpoint(path, make(tf, a=[[0], [0]]))


@program()
def assign_ignores_missing(tf, slim, kit):
    path = written(tf, kit, a=[1, 2])
    a, b = make(tf, a=[0, 0], b=[7])
    with kit.session() as session:
        kit.assign(session, slim.assign_from_checkpoint(path, [a, b], ignore_missing_vars=True))
        return [kit.get(session, a), kit.get(session, b)]


@program()
def assign_ignores_all_missing(tf, slim, kit):
    path = written(tf, kit, a=[1, 2])
    (b,) = make(tf, b=[7])
    with kit.session() as session:
        kit.assign(session, slim.assign_from_checkpoint(path, [b], ignore_missing_vars=True))
        return kit.get(session, b)


@program()
def assign_same_variable_from_two_names(tf, slim, kit):
    path = written(tf, kit, a=[1, 2], b=[3, 4])
    (x,) = make(tf, x=[0, 0])
    return error_of(lambda: slim.assign_from_checkpoint(path, {"a": x, "b": x}))


@program()
def assign_empty_list(tf, slim, kit):
    path = written(tf, kit, a=[1, 2])
    with kit.session() as session:
        return kit.assign(session, slim.assign_from_checkpoint(path, []))


@program(words=["Checkpoint is missing variable [b]"])
def assign_missing_name(tf, slim, kit):
    path = written(tf, kit, a=[1, 2])
    slim.assign_from_checkpoint(path, make(tf, b=[7]))


@program(words=["Total size of new array must be unchanged", "a", "(2,)", "(3,)"])
def assign_other_size(tf, slim, kit):
    path = written(tf, kit, a=[1, 2])
    slim.assign_from_checkpoint(path, make(tf, a=[7, 7, 7]))


@program(words=["nothing"])
def assign_missing_file(tf, slim, kit):
    slim.assign_from_checkpoint(kit.path("nothing"), make(tf, b=[7]))


# assign_from_checkpoint_fn


@program()
def assign_fn_list(tf, slim, kit):
    path = written(tf, kit, a=[1, 2], b=[3])
    a, b = make(tf, a=[0, 0], b=[0])
    init_fn = slim.assign_from_checkpoint_fn(path, [a, b])
    with kit.session() as session:
        init_fn(session)
        return [kit.get(session, a), kit.get(session, b)]


@program()
def assign_fn_dictionary(tf, slim, kit):
    path = written(tf, kit, a=[1, 2], b=[3])
    x, y = make(tf, x=[0, 0], y=[0])
    init_fn = slim.assign_from_checkpoint_fn(path, {"a": x, "b": y})
    with kit.session() as session:
        init_fn(session)
        return [kit.get(session, x), kit.get(session, y)]


@program()
def assign_fn_ignores_missing(tf, slim, kit):
    path = written(tf, kit, a=[1, 2])
    a, b = make(tf, a=[0, 0], b=[7])
    init_fn = slim.assign_from_checkpoint_fn(path, [a, b], ignore_missing_vars=True)
    with kit.session() as session:
        init_fn(session)
        return [kit.get(session, a), kit.get(session, b)]


@program()
def assign_fn_all_missing_is_none(tf, slim, kit):
    path = written(tf, kit, a=[1, 2])
    return slim.assign_from_checkpoint_fn(path, make(tf, b=[7]), ignore_missing_vars=True) is None


@program()
def assign_fn_reshapes_on_request(tf, slim, kit):
    path = written(tf, kit, a=[1, 2])
    (a,) = make(tf, a=[[0], [0]])
    init_fn = slim.assign_from_checkpoint_fn(path, [a], reshape_variables=True)
    with kit.session() as session:
        init_fn(session)
        return kit.get(session, a)


@program(words=["var_list cannot be empty"])
def assign_fn_empty_list(tf, slim, kit):
    slim.assign_from_checkpoint_fn(written(tf, kit, a=[1]), [])


@program(words=["var_list cannot be empty"])
def assign_fn_empty_dictionary(tf, slim, kit):
    slim.assign_from_checkpoint_fn(written(tf, kit, a=[1]), {})


@program(words=["a", "shape"])
def assign_fn_other_shape(tf, slim, kit):
    path = written(tf, kit, a=[1, 2])
    (a,) = make(tf, a=[[0], [0]])
    init_fn = slim.assign_from_checkpoint_fn(path, [a])
    with kit.session() as session:
        init_fn(session)


@program(words=["Key b not found in checkpoint"])
def assign_fn_missing_name(tf, slim, kit):
    path = written(tf, kit, a=[1, 2])
    init_fn = slim.assign_from_checkpoint_fn(path, make(tf, b=[7]))
    with kit.session() as session:
        init_fn(session)


# init_from_checkpoint


def initialized(tf, kit, assignment_map, **values):
    """Values of the variables after init_from_checkpoint; tuples come from the map's function."""
    path = written(tf, kit, a__w=[1, 2], a__b=[3], c=[4], a__n__w=[5])
    variables = make(tf, **values)
    known = {variable.op.name: variable for variable in variables}
    chosen = {
        key: known[value[1:]] if isinstance(value, str) and value[0] == "=" else value
        for key, value in assignment_map.items()
    }
    tf.train.init_from_checkpoint(path, chosen)
    with kit.session() as session:
        return {name: kit.get(session, variable) for name, variable in known.items()}


@program()
def init_scope_to_scope(tf, slim, kit):
    return initialized(tf, kit, {"a/": "x/"}, x__w=[0, 0], x__b=[0], y=[7], x__n__w=[0])


@program()
def init_root_to_scope(tf, slim, kit):
    return initialized(tf, kit, {"/": "x/"}, x__c=[0], x__a__w=[0, 0], y=[7])


@program()
def init_scope_to_root(tf, slim, kit):
    return initialized(tf, kit, {"a/": "/"}, w=[0, 0], b=[0])


@program()
def init_root_to_root(tf, slim, kit):
    return initialized(tf, kit, {"/": "/"}, c=[0], a__w=[0, 0])


@program()
def init_name_to_name(tf, slim, kit):
    return initialized(tf, kit, {"a/w": "x", "c": "y/z"}, x=[0, 0], y__z=[0])


@program()
def init_name_to_variable(tf, slim, kit):
    return initialized(tf, kit, {"a/w": "=x", "c": "=y"}, x=[0, 0], y=[0])


@program(words=["a/q", "not found"])
def init_missing_name(tf, slim, kit):
    return initialized(tf, kit, {"a/q": "x"}, x=[0, 0])


@program(
    words=[
        "Assignment map with scope only name",
        "should map to scope only a/w",
        "Should be 'scope/': 'other_scope/'",
    ]
)
def init_name_to_unknown_variable(tf, slim, kit):
    return initialized(tf, kit, {"a/w": "x"}, y=[0, 0])


@program(words=["Tensor a/q (q in a/) is not found in", "written/model.ckpt-3", "checkpoint"])
def init_scope_with_a_missing_name(tf, slim, kit):
    return initialized(tf, kit, {"a/": "x/"}, x__w=[0, 0], x__q=[0])


@program(words=["Shape of variable x", "(3,)", "2"])
def init_other_shape(tf, slim, kit):
    return initialized(tf, kit, {"a/w": "x"}, x=[0, 0, 0])


@program(words=["a/"])
def init_scope_to_name(tf, slim, kit):
    return initialized(tf, kit, {"a/": "x"}, x__w=[0, 0])


@program()
def init_scope_to_scope_without_variables(tf, slim, kit):
    return error_of(lambda: initialized(tf, kit, {"a/": "nothing/"}, x__w=[0, 0]))


# Saver: what it saves and restores


@program()
def saver_restores(tf, slim, kit):
    a, b = make(tf, a=[1, 2], b=[3])
    saver = tf.train.Saver()
    with kit.session() as session:
        path = saver.save(session, kit.path("model.ckpt"))
        kit.set(session, a, [0, 0])
        kit.set(session, b, [0])
        saver.restore(session, path)
        return [kit.relative(path), kit.get(session, a), kit.get(session, b), kit.files()]


@program()
def saver_of_a_dictionary(tf, slim, kit):
    a, b = make(tf, a=[1, 2], b=[3])
    with kit.session() as session:
        path = tf.train.Saver({"x/a": a, "y": b}).save(session, kit.path("m"))
    return sorted([name, list(shape)] for name, shape in tf.train.list_variables(path))


@program()
def saver_of_a_list(tf, slim, kit):
    a, _ = make(tf, a=[1, 2], b=[3])
    with kit.session() as session:
        path = tf.train.Saver([a]).save(session, kit.path("m"))
    return [
        [[name, list(shape)] for name, shape in tf.train.list_variables(path)],
        tf.train.load_variable(path, "a").tolist(),
        tf.train.load_variable(kit.folder, "a").tolist(),
    ]


@program()
def saver_leaves_out_local_variables(tf, slim, kit):
    make(tf, a=[1, 2])
    tf.get_variable("l", [2], collections=[tf.GraphKeys.LOCAL_VARIABLES], trainable=False)
    tf.get_variable("n", [2], trainable=False)
    with kit.session() as session:
        path = tf.train.Saver().save(session, kit.path("m"))
    return sorted(name for name, _ in tf.train.list_variables(path))


@program()
def saver_reshapes_on_request(tf, slim, kit):
    path = written(tf, kit, a=[1, 2])
    (a,) = make(tf, a=[[0], [0]])
    with kit.session() as session:
        tf.train.Saver(reshape=True).restore(session, path)
        return kit.get(session, a)


@program()
def saver_takes_variables_when_made(tf, slim, kit):
    make(tf, a=[1])
    saver = tf.train.Saver()
    make(tf, b=[1])
    with kit.session() as session:
        return [name for name, _ in tf.train.list_variables(saver.save(session, kit.path("m")))]


@program(words=["No variables to save"])
def saver_without_variables(tf, slim, kit):
    tf.train.Saver()


@program(words=["No variables to save"])
def saver_of_an_empty_list(tf, slim, kit):
    make(tf, a=[1])
    tf.train.Saver([])


@program()
def saver_without_variables_allowed(tf, slim, kit):
    saver = tf.train.Saver(allow_empty=True)
    with kit.session() as session:
        return [saver.save(session, kit.path("m")), kit.files()]


@program(words=["same name", "a"])
def saver_of_a_variable_twice(tf, slim, kit):
    (a,) = make(tf, a=[1])
    tf.train.Saver([a, a])


@program(words=["Variables to save should be passed in a dict or a list"])
def saver_of_a_variable(tf, slim, kit):
    (a,) = make(tf, a=[1])
    tf.train.Saver(a)


@program(words=["The same saveable will be restored with two names"])
def saver_of_a_variable_under_two_names(tf, slim, kit):
    (a,) = make(tf, a=[1])
    tf.train.Saver({"x": a, "y": a})


@program(words=["If `var_list` is provided then build cannot be deferred"])
def saver_of_a_list_later(tf, slim, kit):
    tf.train.Saver(make(tf, a=[1]), defer_build=True)


@program()
def saver_takes_variables_when_built(tf, slim, kit):
    saver = tf.train.Saver(defer_build=True)
    make(tf, a=[1])
    saver.build()
    make(tf, b=[1])
    with kit.session() as session:
        return [name for name, _ in tf.train.list_variables(saver.save(session, kit.path("m")))]


@program(words=["Can't load save_path when it is None"])
def restore_none(tf, slim, kit):
    make(tf, a=[1])
    with kit.session() as session:
        tf.train.Saver().restore(session, None)


@program(words=["The passed save_path is not a valid checkpoint", "nothing"])
def restore_nothing(tf, slim, kit):
    make(tf, a=[1])
    with kit.session() as session:
        tf.train.Saver().restore(session, kit.path("nothing"))


@program(words=["Key b not found in checkpoint"])
def restore_missing_name(tf, slim, kit):
    path = written(tf, kit, a=[1, 2])
    make(tf, b=[1])
    with kit.session() as session:
        tf.train.Saver().restore(session, path)


@program(words=["shape", "[2]", "[3]"])
def restore_other_shape(tf, slim, kit):
    path = written(tf, kit, a=[1, 2])
    make(tf, a=[1, 1, 1])
    with kit.session() as session:
        tf.train.Saver().restore(session, path)


@program()
def save_makes_the_folder(tf, slim, kit):
    make(tf, a=[1])
    with kit.session() as session:
        return kit.relative(tf.train.Saver().save(session, kit.path("nothing", "m")))


@program(words=["'latest_filename' must not contain path components"])
def save_with_a_path_as_latest_filename(tf, slim, kit):
    make(tf, a=[1])
    with kit.session() as session:
        tf.train.Saver().save(session, kit.path("m"), latest_filename="x/y")


@program(words=["'latest_filename' collides with 'save_path'"])
def save_under_the_name_of_the_state_file(tf, slim, kit):
    make(tf, a=[1])
    with kit.session() as session:
        tf.train.Saver().save(session, kit.path("checkpoint"))


# Saver: files, state and retention


def saved(tf, kit, steps, folder=None, **arguments):
    """A saver after saving at each of `steps`, and its session's facts."""
    make(tf, a=[1])
    saver = tf.train.Saver(**arguments)
    with kit.session() as session:
        paths = [kit.relative(saver.save(session, kit.path("model.ckpt"), global_step=s)) for s in steps]
    return saver, paths


@program()
def five_are_kept(tf, slim, kit):
    saver, paths = saved(tf, kit, range(7))
    last = [kit.relative(path) for path in saver.last_checkpoints]
    return [paths, last, kit.files(), kit.state()]


@program()
def two_are_kept(tf, slim, kit):
    saver, _ = saved(tf, kit, [1, 2, 3], max_to_keep=2)
    return [[kit.relative(path) for path in saver.last_checkpoints], kit.files(), kit.state()]


@program()
def relative_paths(tf, slim, kit):
    saved(tf, kit, [1, 2], save_relative_paths=True)
    return kit.text()


@program()
def all_are_kept_with_zero(tf, slim, kit):
    saver, _ = saved(tf, kit, range(7), max_to_keep=0)
    return [[kit.relative(path) for path in saver.last_checkpoints], kit.files(), kit.state()]


@program()
def all_are_kept_with_none(tf, slim, kit):
    saver, _ = saved(tf, kit, range(7), max_to_keep=None)
    return [[kit.relative(path) for path in saver.last_checkpoints], kit.files(), kit.state()]


@program()
def hours_keep_more(tf, slim, kit):
    saver, _ = saved(tf, kit, range(4), max_to_keep=2, keep_checkpoint_every_n_hours=1e-9)
    return [[kit.relative(path) for path in saver.last_checkpoints], kit.files()]


@program()
def the_same_step_twice(tf, slim, kit):
    saver, _ = saved(tf, kit, [1, 2, 1])
    return [[kit.relative(path) for path in saver.last_checkpoints], kit.files(), kit.state()]


@program()
def padded_step_numbers(tf, slim, kit):
    _, paths = saved(tf, kit, [7, 123], pad_step_number=True)
    return paths


@program()
def global_step_as_a_variable(tf, slim, kit):
    make(tf, a=[1])
    step = tf.train.get_or_create_global_step()
    with kit.session() as session:
        kit.set(session, step, 12)
        path = tf.train.Saver().save(session, kit.path("m"), global_step=step)
    return [kit.relative(path), tf.train.load_variable(path, "global_step").tolist()]


@program()
def other_name_of_the_state_file(tf, slim, kit):
    make(tf, a=[1])
    with kit.session() as session:
        tf.train.Saver().save(session, kit.path("m"), global_step=1, latest_filename="mine")
    return [
        kit.files(),
        tf.train.latest_checkpoint(kit.folder),
        kit.relative(tf.train.latest_checkpoint(kit.folder, "mine")),
        kit.state("mine"),
    ]


@program()
def without_state(tf, slim, kit):
    make(tf, a=[1])
    saver = tf.train.Saver()
    with kit.session() as session:
        for step in range(7):
            saver.save(session, kit.path("m"), global_step=step, write_state=False)
    return [kit.files(), tf.train.latest_checkpoint(kit.folder), saver.last_checkpoints]


@program()
def a_new_saver_forgets_the_old_checkpoints(tf, slim, kit):
    saved(tf, kit, [1, 2])
    saver = tf.train.Saver(max_to_keep=2)
    with kit.session() as session:
        for step in (3, 4, 5):
            saver.save(session, kit.path("model.ckpt"), global_step=step)
    return [kit.files(), kit.state()]


@program()
def recovered_checkpoints_are_counted(tf, slim, kit):
    saved(tf, kit, [1, 2])
    saver = tf.train.Saver(max_to_keep=2)
    state = tf.train.get_checkpoint_state(kit.folder)
    saver.recover_last_checkpoints(list(state.all_model_checkpoint_paths) + [kit.path("gone")])
    recovered = [kit.relative(path) for path in saver.last_checkpoints]
    with kit.session() as session:
        saver.save(session, kit.path("model.ckpt"), global_step=3)
    return [recovered, kit.files(), kit.state()]


@program()
def set_last_checkpoints(tf, slim, kit):
    saved(tf, kit, [1, 2])
    saver = tf.train.Saver()
    saver.set_last_checkpoints([kit.path("model.ckpt-1"), kit.path("q")])
    first = [kit.relative(path) for path in saver.last_checkpoints]
    saver.set_last_checkpoints_with_time([(kit.path("model.ckpt-2"), 5.0)])
    return [first, [kit.relative(path) for path in saver.last_checkpoints]]


@program()
def set_last_checkpoints_are_of_unknown_age(tf, slim, kit):
    saved(tf, kit, [1, 2])
    saver = tf.train.Saver(max_to_keep=1)
    saver.set_last_checkpoints([kit.path("model.ckpt-1"), kit.path("model.ckpt-2")])
    with kit.session() as session:
        saver.save(session, kit.path("model.ckpt"), global_step=3)
    return [kit.files(), kit.state()]


# The state file and the functions on files


@program()
def update_and_read_state(tf, slim, kit):
    tf.train.update_checkpoint_state(kit.folder, kit.path("b"), [kit.path("a"), kit.path("b")])
    state = tf.train.get_checkpoint_state(kit.folder)
    return [
        kit.state(),
        kit.relative(state.model_checkpoint_path),
        [kit.relative(path) for path in state.all_model_checkpoint_paths],
        tf.train.latest_checkpoint(kit.folder),
    ]


@program()
def update_state_adds_the_latest(tf, slim, kit):
    tf.train.update_checkpoint_state(kit.folder, "b", ["a"])
    return kit.text()


@program()
def update_state_with_times(tf, slim, kit):
    tf.train.update_checkpoint_state(
        kit.folder,
        "b",
        ["a", "b"],
        all_model_checkpoint_timestamps=[1.5, 1574000000.25],
        last_preserved_timestamp=12.0,
    )
    state = tf.train.get_checkpoint_state(kit.folder)
    return [kit.text(), list(state.all_model_checkpoint_timestamps), state.last_preserved_timestamp]


@program(words=["Checkpoint timestamps, if provided, must match checkpoint paths"])
def update_state_with_too_few_times(tf, slim, kit):
    tf.train.update_checkpoint_state(kit.folder, "b", ["a", "b"], all_model_checkpoint_timestamps=[1.5])


@program()
def no_state(tf, slim, kit):
    return [tf.train.get_checkpoint_state(kit.folder), tf.train.latest_checkpoint(kit.folder)]


@program()
def existence(tf, slim, kit):
    _, paths = saved(tf, kit, [1])
    return [tf.train.checkpoint_exists(kit.path(path)) for path in (paths[0], "model.ckpt", "model.ckpt-2")]


@program()
def removal(tf, slim, kit):
    saved(tf, kit, [1, 2])
    tf.train.remove_checkpoint(kit.path("model.ckpt-1"))
    tf.train.remove_checkpoint(kit.path("nothing"))
    return [kit.files(), kit.state()]


@program()
def listing(tf, slim, kit):
    written(tf, kit, b__w=[[1, 2]], a=3, c=[])
    path = kit.path("written")
    reader = tf.train.load_checkpoint(path)
    return [
        [[name, list(shape)] for name, shape in tf.train.list_variables(path)],
        reader.has_tensor("a"),
        reader.has_tensor("q"),
        reader.get_tensor("b/w").tolist(),
        sorted([name, list(shape)] for name, shape in reader.get_variable_to_shape_map().items()),
        tf.train.load_variable(path, "a:0").tolist(),
    ]


@program(words=["nothing"])
def loading_a_missing_file(tf, slim, kit):
    tf.train.load_checkpoint(kit.path("nothing"))


@program(words=["Couldn't find 'checkpoint' file or checkpoints in given directory"])
def loading_an_empty_folder(tf, slim, kit):
    tf.train.load_checkpoint(kit.folder)


@program(words=["q not found in checkpoint"])
def loading_a_missing_variable(tf, slim, kit):
    tf.train.load_variable(written(tf, kit, a=[1]), "q")
