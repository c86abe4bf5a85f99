"""Golden programs for `variable_scope`, `name_scope` and the names they make.

Getters, initializers and regularizers of scopes, and get_variable's errors, are in
`getter_programs.py`; names made by layers in `layer_name_programs.py`.
"""

from program_registry import error_of, index_in, names, program, reuse_name, scope_facts


@program()
def opened_by_name(tf, slim, zeros):
    with tf.variable_scope("a") as sc:
        v = tf.get_variable("v", [1])
    return [scope_facts(tf, sc), v.name, v.op.name]


@program()
def opened_twice_by_name(tf, slim, zeros):
    facts = []
    for _ in range(3):
        with tf.variable_scope("a") as sc:
            facts.append(scope_facts(tf, sc))
    return facts


@program()
def nested_by_name(tf, slim, zeros):
    with tf.variable_scope("a") as a:
        with tf.variable_scope("b") as b:
            v = tf.get_variable("v", [1])
        with tf.variable_scope("b") as again:
            w = tf.get_variable("w", [1])
    return [scope_facts(tf, a), scope_facts(tf, b), scope_facts(tf, again), v.name, w.name]


@program()
def name_with_slashes(tf, slim, zeros):
    with tf.variable_scope("a/b") as sc:
        v = tf.get_variable("v", [1])
        with tf.variable_scope("c/d") as inner:
            w = tf.get_variable("x/w", [1])
    with tf.variable_scope("a") as outer, tf.variable_scope("b") as b:
        pass
    return [scope_facts(tf, s) for s in (sc, inner, outer, b)] + [v.name, w.name]


@program()
def name_with_trailing_slash(tf, slim, zeros):
    with tf.variable_scope("a/") as sc:
        v = tf.get_variable("v", [1])
    return [scope_facts(tf, sc), v.name]


@program()
def empty_scope_name(tf, slim, zeros):
    with tf.variable_scope("") as sc:
        v = tf.get_variable("v", [1])
    with tf.variable_scope("a"), tf.variable_scope("") as inner:
        w = tf.get_variable("w", [1])
        default = tf.variable_scope(None, "d")
        with default as d:
            pass
    return [sc.name, v.name, inner.name, w.name, d.name]


@program()
def default_name_is_uniquified(tf, slim, zeros):
    facts = []
    for _ in range(3):
        with tf.variable_scope(None, "d") as sc:
            v = tf.get_variable("v", [1])
            facts.append([scope_facts(tf, sc), v.name])
    return facts


@program()
def default_names_count_per_parent(tf, slim, zeros):
    facts = []
    for parent in ("a", "b"):
        with tf.variable_scope(parent):
            for _ in range(2):
                with tf.variable_scope(None, "d") as sc:
                    facts.append(scope_facts(tf, sc))
    with tf.variable_scope(None, "d") as sc:
        facts.append(scope_facts(tf, sc))
    return facts


@program()
def default_name_avoids_a_name_opened_before(tf, slim, zeros):
    with tf.variable_scope("d"):
        pass
    with tf.variable_scope(None, "d") as second:
        pass
    with tf.variable_scope("d_2"):
        pass
    with tf.variable_scope(None, "d") as third:
        pass
    with tf.variable_scope(None, "d") as fourth:
        pass
    return [scope_facts(tf, s) for s in (second, third, fourth)]


@program()
def default_name_taken_by_a_later_name(tf, slim, zeros):
    with tf.variable_scope(None, "d") as first:
        pass
    with tf.variable_scope("d") as second:
        pass
    with tf.variable_scope(None, "d") as third:
        pass
    return [scope_facts(tf, s) for s in (first, second, third)]


@program()
def default_name_with_number(tf, slim, zeros):
    facts = []
    for default in ("d_1", "d", "d", "d_1", "d"):
        with tf.variable_scope(None, default) as sc:
            facts.append(scope_facts(tf, sc))
    return facts


@program()
def default_names_differ_in_case(tf, slim, zeros):
    facts = []
    for default in ("D", "d", "D", "d"):
        with tf.variable_scope(None, default) as sc:
            facts.append(scope_facts(tf, sc))
    return facts


@program()
def default_name_with_slash(tf, slim, zeros):
    facts = []
    for _ in range(2):
        with tf.variable_scope(None, "x/y") as sc:
            facts.append(scope_facts(tf, sc))
    with tf.variable_scope("x"), tf.variable_scope(None, "y") as sc:
        facts.append(scope_facts(tf, sc))
    return facts


@program()
def name_beats_default_name(tf, slim, zeros):
    facts = []
    for _ in range(2):
        with tf.variable_scope("a", "d") as sc:
            facts.append(scope_facts(tf, sc))
    with tf.variable_scope(None, "d") as sc:
        facts.append(scope_facts(tf, sc))
    return facts


@program()
def values_argument(tf, slim, zeros):
    with tf.variable_scope("a", "d", [zeros(1)]) as sc:
        pass
    with tf.variable_scope(None, "d", values=[zeros(1)]) as default:
        pass
    return [scope_facts(tf, sc), scope_facts(tf, default)]


@program(words=("default_name", "name_or_scope", "required"))
def neither_name_nor_default(tf, slim, zeros):
    with tf.variable_scope(None):
        pass


@program(words=("name_or_scope must be a string or VariableScope",))
def name_of_wrong_type(tf, slim, zeros):
    with tf.variable_scope(3):
        pass


@program()
def reopened_by_object(tf, slim, zeros):
    with tf.variable_scope("a") as sc:
        v = tf.get_variable("v", [1])
    with tf.variable_scope(sc) as again:
        w = tf.get_variable("w", [1])
    with tf.variable_scope(sc) as third:
        pass
    return [scope_facts(tf, s) for s in (sc, again, third)] + [v.name, w.name, again is sc]


@program()
def reopened_by_object_elsewhere(tf, slim, zeros):
    with tf.variable_scope("a") as sc:
        pass
    with tf.variable_scope("other"):
        with tf.variable_scope(sc) as again:
            v = tf.get_variable("v", [1])
            with tf.variable_scope("b") as inner:
                w = tf.get_variable("w", [1])
        u = tf.get_variable("u", [1])
    return [scope_facts(tf, again), scope_facts(tf, inner), v.name, w.name, u.name]


@program()
def reopened_own_scope_inside_itself(tf, slim, zeros):
    with tf.variable_scope("a") as sc, tf.variable_scope(sc) as same:
        v = tf.get_variable("v", [1])
        with tf.variable_scope("a") as deeper:
            w = tf.get_variable("w", [1])
    return [scope_facts(tf, same), scope_facts(tf, deeper), v.name, w.name]


@program()
def get_variable_scope_at_root(tf, slim, zeros):
    root = tf.get_variable_scope()
    return [root.name, root.original_name_scope, reuse_name(tf, root)]


@program()
def get_variable_scope_when_nested(tf, slim, zeros):
    with tf.variable_scope("a") as a:
        inside = tf.get_variable_scope()
        with tf.variable_scope("b") as b:
            inner = tf.get_variable_scope()
        back = tf.get_variable_scope()
    return [inside is a, inner is b, back is a, inside.name, inner.name, tf.get_variable_scope().name]


@program()
def root_scope_object_entered_inside_another(tf, slim, zeros):
    root = tf.get_variable_scope()
    with tf.variable_scope("a"):
        with tf.variable_scope(root) as sc:
            v = tf.get_variable("v", [1])
            with tf.variable_scope("b") as b:
                w = tf.get_variable("w", [1])
        u = tf.get_variable("u", [1])
    return [sc.name, b.name, v.name, w.name, u.name]


@program()
def root_scope_entered_with_reuse(tf, slim, zeros):
    v = tf.get_variable("v", [1])
    with tf.variable_scope(tf.get_variable_scope(), reuse=True) as sc:
        again = tf.get_variable("v", [1])
    return [sc.name, reuse_name(tf, sc), again is v, reuse_name(tf, tf.get_variable_scope())]


@program()
def root_scope_reused_in_a_tower_loop(tf, slim, zeros):
    facts = []
    for i in range(2):
        with tf.variable_scope(tf.get_variable_scope(), reuse=None if i == 0 else True):
            with tf.name_scope(f"tower_{i}") as name:
                v = tf.get_variable("v", [1])
                facts.append([name, v.name])
    return facts + [names(tf.global_variables())]


@program()
def reuse_variables_in_a_tower_loop(tf, slim, zeros):
    facts = []
    with tf.variable_scope("net"):
        for i in range(2):
            with tf.name_scope(f"tower_{i}") as name:
                v = tf.get_variable("v", [1])
                facts.append([name, v.name])
                tf.get_variable_scope().reuse_variables()
    return facts + [names(tf.global_variables())]


@program()
def name_scope_is_uniquified(tf, slim, zeros):
    facts = []
    for name in ("n", "n", "n_1", "n"):
        with tf.name_scope(name) as s:
            facts.append(s)
    return facts


@program()
def name_scope_nested(tf, slim, zeros):
    facts = []
    with tf.name_scope("n") as outer:
        for _ in range(2):
            with tf.name_scope("n") as inner:
                facts.append(inner)
    return [outer] + facts


@program()
def name_scope_reopened_with_trailing_slash(tf, slim, zeros):
    with tf.name_scope("n") as first, tf.name_scope("m") as m:
        pass
    with tf.name_scope(first) as again, tf.name_scope("m") as second:
        pass
    with tf.name_scope("other"), tf.name_scope(m) as absolute:
        pass
    return [first, m, again, second, absolute]


@program()
def name_scope_none_is_root(tf, slim, zeros):
    with tf.name_scope("n"):
        with tf.name_scope(None) as root, tf.name_scope("m") as m:
            pass
        with tf.name_scope("") as empty, tf.name_scope("m") as second:
            pass
        with tf.name_scope("m") as inside:
            pass
    return [root, m, empty, second, inside]


@program()
def name_scope_default_name(tf, slim, zeros):
    facts = []
    for name in (None, "given", None):
        with tf.name_scope(name, "default", [zeros(1)]) as s:
            facts.append(s)
    return facts


@program()
def name_scope_compares_without_case(tf, slim, zeros):
    facts = []
    for name in ("Net", "net", "NET", "Net", "net_1"):
        with tf.name_scope(name) as s:
            facts.append(s)
    return facts


@program(words=("is not a valid scope name",))
def name_scope_with_invalid_characters(tf, slim, zeros):
    with tf.name_scope("a b"):
        pass


@program(words=("is not a valid scope name",))
def name_scope_with_invalid_start_at_root(tf, slim, zeros):
    with tf.name_scope("_a"):
        pass


@program(words=("is not a valid scope name",))
def variable_scope_with_invalid_characters(tf, slim, zeros):
    with tf.variable_scope("a b"):
        pass


@program()
def name_scope_valid_characters(tf, slim, zeros):
    with tf.name_scope("A.b-c/d_1") as s, tf.name_scope("_a-b") as inner:
        pass
    return [s, inner]


@program()
def name_scope_leaves_variable_names_alone(tf, slim, zeros):
    with tf.name_scope("n"):
        v = tf.get_variable("v", [1])
        with tf.variable_scope("a") as sc:
            w = tf.get_variable("w", [1])
            with tf.name_scope("m") as m:
                u = tf.get_variable("u", [1])
    return [v.name, w.name, u.name, m, scope_facts(tf, sc)]


@program()
def variable_scope_takes_a_name_scope_name(tf, slim, zeros):
    with tf.name_scope("a"):
        pass
    with tf.variable_scope("a") as sc:
        pass
    with tf.name_scope("a") as n:
        pass
    return [scope_facts(tf, sc), n]


@program()
def variable_scope_names_compare_without_case_as_name_scopes(tf, slim, zeros):
    facts = []
    for name in ("A", "a", "A"):
        with tf.variable_scope(name) as sc:
            facts.append(scope_facts(tf, sc))
    return facts


@program()
def variable_takes_its_name_from_name_scopes(tf, slim, zeros):
    v = tf.get_variable("v", [1])
    with tf.name_scope("v") as n:
        pass
    with tf.variable_scope("v") as sc:
        w = tf.get_variable("w", [1])
    return [v.name, n, scope_facts(tf, sc), w.name]


@program()
def original_name_scope_reopens_the_name_scope(tf, slim, zeros):
    with tf.variable_scope("a") as sc, tf.name_scope("n") as first:
        pass
    with tf.variable_scope(sc, auxiliary_name_scope=False) as again:
        with tf.name_scope(again.original_name_scope) as original:
            with tf.name_scope("n") as second:
                pass
    return [first, original, second, scope_facts(tf, again)]


@program()
def no_auxiliary_name_scope_for_a_new_name(tf, slim, zeros):
    with tf.variable_scope("a", auxiliary_name_scope=False) as sc:
        v = tf.get_variable("v", [1])
        with tf.name_scope("n") as n:
            pass
    with tf.variable_scope("b"), tf.variable_scope("c", auxiliary_name_scope=False) as inner:
        with tf.name_scope("n") as m:
            pass
    with tf.variable_scope(None, "d", auxiliary_name_scope=False) as default:
        pass
    return [scope_facts(tf, sc), v.name, n, scope_facts(tf, inner), m, scope_facts(tf, default)]


@program()
def auxiliary_name_scope_of_a_reopened_object(tf, slim, zeros):
    with tf.variable_scope("a") as sc, tf.name_scope("n") as first:
        pass
    with tf.variable_scope(sc), tf.name_scope("n") as second:
        pass
    with tf.variable_scope("b"), tf.variable_scope(sc), tf.name_scope("n") as third:
        pass
    return [first, second, third]


@program()
def counters_reset_when_reentered_by_name(tf, slim, zeros):
    facts = []
    for _ in range(2):
        with tf.variable_scope("a"):
            for _ in range(2):
                with tf.variable_scope(None, "d") as sc:
                    facts.append(scope_facts(tf, sc))
    return facts


@program()
def counters_reset_when_reentered_by_object(tf, slim, zeros):
    facts = []
    with tf.variable_scope("a") as a:
        for _ in range(2):
            with tf.variable_scope(None, "d") as sc:
                facts.append(scope_facts(tf, sc))
    with tf.variable_scope(a):
        for _ in range(2):
            with tf.variable_scope(None, "d") as sc:
                facts.append(scope_facts(tf, sc))
    return facts


@program()
def counters_after_entering_own_scope_again(tf, slim, zeros):
    facts = []
    with tf.variable_scope("a") as a:
        with tf.variable_scope(None, "d") as sc:
            facts.append(sc.name)
        with tf.variable_scope(a), tf.variable_scope(None, "d") as sc:
            facts.append(sc.name)
        with tf.variable_scope(None, "d") as sc:
            facts.append(sc.name)
    return facts


@program()
def counters_after_entering_the_root_scope_object(tf, slim, zeros):
    facts = []
    root = tf.get_variable_scope()
    with tf.variable_scope(None, "d") as sc:
        facts.append(sc.name)
    with tf.variable_scope(root), tf.variable_scope(None, "d") as sc:
        facts.append(sc.name)
    with tf.variable_scope(None, "d") as sc:
        facts.append(sc.name)
    return facts


@program()
def counters_of_grandchildren_reset(tf, slim, zeros):
    facts = []
    for _ in range(2):
        with tf.variable_scope("a"), tf.variable_scope("b"), tf.variable_scope(None, "d") as sc:
            facts.append(sc.name)
    with tf.variable_scope("a/b"), tf.variable_scope(None, "d") as sc:
        facts.append(sc.name)
    return facts


@program()
def counters_of_a_sibling_with_the_same_prefix_stay(tf, slim, zeros):
    facts = []
    for _ in range(2):
        for parent in ("a", "ab", "a_1"):
            with tf.variable_scope(parent), tf.variable_scope(None, "d") as sc:
                facts.append(sc.name)
    return facts


@program()
def counters_are_kept_by_name_scopes(tf, slim, zeros):
    facts = []
    for _ in range(2):
        with tf.name_scope("n"), tf.variable_scope(None, "d") as sc:
            facts.append(scope_facts(tf, sc))
    return facts


@program()
def reuse_flag_of_every_kind(tf, slim, zeros):
    facts = []
    for i, reuse in enumerate((None, False, True, tf.AUTO_REUSE)):
        with tf.variable_scope(f"s{i}", reuse=reuse) as sc:
            facts.append(reuse_name(tf, sc))
    return facts


@program()
def reuse_flag_is_inherited(tf, slim, zeros):
    facts = []
    for outer in (None, True, tf.AUTO_REUSE):
        for inner in (None, False, True, tf.AUTO_REUSE):
            with tf.variable_scope("a", reuse=outer), tf.variable_scope("b", reuse=inner) as sc:
                facts.append(reuse_name(tf, sc))
    return facts


@program()
def reuse_flag_of_a_reopened_object(tf, slim, zeros):
    facts = []
    for first in (None, True, tf.AUTO_REUSE):
        with tf.variable_scope("a", reuse=first) as sc:
            pass
        for again in (None, False, True, tf.AUTO_REUSE):
            with tf.variable_scope(sc, reuse=again) as second:
                facts.append(reuse_name(tf, second))
    return facts


@program()
def reuse_inside_a_reusing_parent_by_object(tf, slim, zeros):
    with tf.variable_scope("a") as sc:
        tf.get_variable("v", [1])
    with tf.variable_scope("b", reuse=True), tf.variable_scope(sc) as again:
        facts = [reuse_name(tf, again), error_of(lambda: tf.get_variable("v", [1]))]
    return facts


@program()
def reuse_true_returns_the_variable(tf, slim, zeros):
    with tf.variable_scope("a"):
        v = tf.get_variable("v", [2])
    with tf.variable_scope("a", reuse=True):
        w = tf.get_variable("v", [2])
        without_shape = tf.get_variable("v")
    return [w is v, without_shape is v, names(tf.global_variables())]


@program()
def auto_reuse_creates_then_returns(tf, slim, zeros):
    found = []
    for _ in range(2):
        with tf.variable_scope("a", reuse=tf.AUTO_REUSE):
            found.append(tf.get_variable("v", [2]))
    with tf.variable_scope("a", reuse=tf.AUTO_REUSE):
        w = tf.get_variable("w", [2])
    return [found[0] is found[1], w.name, names(tf.global_variables())]


@program()
def auto_reuse_twice_within_one_scope(tf, slim, zeros):
    with tf.variable_scope("a", reuse=tf.AUTO_REUSE):
        v = tf.get_variable("v", [2])
        return [tf.get_variable("v", [2]) is v, tf.get_variable("v") is v]


@program()
def reuse_variables_turns_reuse_on(tf, slim, zeros):
    with tf.variable_scope("a") as sc:
        v = tf.get_variable("v", [1])
        before = reuse_name(tf, sc)
        sc.reuse_variables()
        w = tf.get_variable("v", [1])
        with tf.variable_scope("b") as inner:
            pass
    with tf.variable_scope("a") as again:
        pass
    return [before, reuse_name(tf, sc), w is v, reuse_name(tf, inner), reuse_name(tf, again)]


@program()
def reuse_variables_at_root(tf, slim, zeros):
    v = tf.get_variable("v", [1])
    tf.get_variable_scope().reuse_variables()
    w = tf.get_variable("v", [1])
    with tf.variable_scope("a") as sc:
        pass
    return [w is v, reuse_name(tf, tf.get_variable_scope()), reuse_name(tf, sc)]


@program(words=("Variable a/b/v does not exist",))
def reuse_is_not_undone_by_a_nested_scope(tf, slim, zeros):
    with tf.variable_scope("a", reuse=True), tf.variable_scope("b", reuse=False):
        tf.get_variable("v", [1])


@program(words=("reuse=True", "name_or_scope"))
def reuse_with_a_default_name(tf, slim, zeros):
    with tf.variable_scope(None, "d", reuse=True):
        pass


@program()
def auto_reuse_with_a_default_name(tf, slim, zeros):
    def enter():
        with tf.variable_scope(None, "d", reuse=tf.AUTO_REUSE):
            pass

    return error_of(enter)


@program()
def default_name_inside_a_reusing_scope(tf, slim, zeros):
    with tf.variable_scope("a"), tf.variable_scope(None, "d"):
        v = tf.get_variable("v", [1])
    with tf.variable_scope("a", reuse=True), tf.variable_scope(None, "d") as sc:
        w = tf.get_variable("v", [1])
    return [sc.name, reuse_name(tf, sc), w is v]


@program()
def scope_is_left_after_an_exception(tf, slim, zeros):
    facts = []
    try:
        with tf.variable_scope("a"), tf.variable_scope("b"):
            raise KeyError("stop")
    except KeyError:
        facts.append(tf.get_variable_scope().name)
    with tf.name_scope("n") as n:
        v = tf.get_variable("v", [1])
    return facts + [n, v.name]


@program()
def rejected_scope_leaves_its_parent(tf, slim, zeros):
    def rejected():
        with tf.variable_scope(None):
            pass

    with tf.variable_scope("a"):
        error = error_of(rejected)
        v = tf.get_variable("v", [1])
        with tf.variable_scope("b") as sc:
            pass
    return [error, v.name, scope_facts(tf, sc)]


@program()
def graphs_are_independent(tf, slim, zeros):
    facts = []
    with tf.variable_scope("a"):
        tf.get_variable("v", [1])
        with tf.Graph().as_default():
            facts.append(tf.get_variable_scope().name)
            with tf.variable_scope("b") as sc:
                facts.append([scope_facts(tf, sc), tf.get_variable("v", [1]).name])
            facts.append(names(tf.global_variables()))
        facts.append(tf.get_variable_scope().name)
    return facts + [names(tf.global_variables())]


@program()
def unique_name_of_a_graph(tf, slim, zeros):
    graph = tf.get_default_graph()
    facts = [graph.unique_name("u"), graph.unique_name("u"), graph.unique_name("u", mark_as_used=False)]
    with tf.name_scope("n"):
        facts += [graph.unique_name("u"), graph.unique_name("u")]
    with tf.name_scope("u") as s:
        facts.append(s)
    return facts + [graph.unique_name("U")]


@program()
def tf_variable_names_are_uniquified(tf, slim, zeros):
    made = [tf.Variable(1.0, name="v") for _ in range(3)]
    with tf.variable_scope("a"):
        made += [tf.Variable([1.0, 2.0], name="v") for _ in range(2)]
    with tf.variable_scope("a"):
        made.append(tf.Variable(1.0, name="v"))
    with tf.name_scope("n"):
        made.append(tf.Variable(1.0, name="v", trainable=False))
    made += [tf.Variable(1.0), tf.Variable(1.0)]
    return [names(made), [bool(v.trainable) for v in made], names(tf.trainable_variables())]


@program()
def tf_variable_before_get_variable(tf, slim, zeros):
    v = tf.Variable(1.0, name="v")
    w = tf.get_variable("v", [1])
    u = tf.Variable(1.0, name="v")
    return names([v, w, u])


@program()
def tf_variable_after_get_variable(tf, slim, zeros):
    v = tf.get_variable("v", [1])
    w = tf.Variable(1.0, name="v")
    tf.get_variable_scope().reuse_variables()
    return [names([v, w]), tf.get_variable("v", [1]) is v]


@program()
def tf_variable_ignores_reuse(tf, slim, zeros):
    with tf.variable_scope("a"):
        v = tf.Variable(1.0, name="v")
    with tf.variable_scope("a", reuse=True):
        w = tf.Variable(1.0, name="v")
        missing = error_of(lambda: tf.get_variable("v", [1]))
    return [names([v, w]), missing]


@program()
def scope_objects_compare_by_identity_and_keep_their_parent_intact(tf, slim, zeros):
    with tf.variable_scope("a") as a:
        with tf.variable_scope(a, reuse=True) as b:
            inside = reuse_name(tf, b)
        return [inside, reuse_name(tf, a), b is a, index_in([a, b], tf.get_variable_scope())]


@program()
def variable_scope_as_an_object_is_entered_twice(tf, slim, zeros):
    facts = []
    scope = tf.variable_scope("a")
    for _ in range(2):
        with scope as sc:
            facts.append(scope_facts(tf, sc))
    default = tf.variable_scope(None, "d")
    for _ in range(2):
        with default as sc:
            facts.append(scope_facts(tf, sc))
    return facts
