"""Programs about assertions."""

# `outcome` calls its function at once.
# ruff: noqa: B023

import numpy as np
from tf_misc_tools import outcome, program

RELATIONS = (
    "assert_equal",
    "assert_none_equal",
    "assert_less",
    "assert_less_equal",
    "assert_greater",
    "assert_greater_equal",
)
SIGNS = ("assert_positive", "assert_negative", "assert_non_negative", "assert_non_positive")


@program
def relations_of_fed_values(tf):
    facts = []
    for name in RELATIONS:
        for values in ([1.0, 1.0], [1.0, 2.0], [2.0, 1.0]):
            facts.append(
                outcome(tf, lambda feed: getattr(tf, name)(feed.of(values), feed.of([1.0, 1.0], name="q")))
            )
    return facts


@program
def relations_that_fail_say_so(tf):
    def check(name, *words, **kwargs):
        return outcome(
            tf,
            lambda feed: getattr(tf, name)(feed.of([1.0, 2.5]), feed.of([1.0, 2.0], name="q"), **kwargs),
            *words,
        )

    lead = "assertion failed:"
    return [
        check(
            "assert_equal",
            lead,
            "[Condition x == y did not hold element-wise:] [x (p:0) = ] [1 2.5] [y (q:0) = ]",
        ),
        check("assert_equal", "[told] [Condition x == y", message="told"),
        check("assert_less", lead, "Condition x < y"),
        check("assert_less_equal", lead, "Condition x <= y"),
        check("assert_none_equal", lead, "Condition x != y", "[1 2]"),
        check("assert_equal", "assertion failed: [hello] [7]", data=["hello", [7.0]]),
        outcome(
            tf, lambda feed: tf.assert_greater(feed.of([1, 2], None, "int32"), 5), "Condition x > y", "[5]"
        ),
        outcome(tf, lambda feed: tf.assert_greater_equal(feed.of([1.0]), 5.0), "Condition x >= y"),
        outcome(
            tf,
            lambda feed: tf.assert_equal(feed.of([1, 2, 3, 4], None, "int32"), [1, 2, 3, 5], summarize=2),
            "[1 2...]",
        ),
        outcome(tf, lambda feed: tf.assert_equal(feed.of([True], None, "bool"), [False]), "[1]", "[0]"),
    ]


@program
def relations_of_constants(tf):
    facts = []
    for name in RELATIONS:
        facts.append(outcome(tf, lambda feed: getattr(tf, name)([1, 2], [1, 3])))
        facts.append(outcome(tf, lambda feed: getattr(tf, name)([3, 2], [1, 2], message="told")))
        facts.append(outcome(tf, lambda feed: getattr(tf, name)(2.0, 2.0, name="mine")))
    facts.append(
        outcome(tf, lambda feed: tf.assert_equal([1, 2], [1, 3]), "Condition x == y", "[1 2]", "[1 3]")
    )
    facts.append(
        outcome(tf, lambda feed: tf.assert_equal([1], [2], message="m", data=[tf.constant(5)]), "m 5")
    )
    facts.append(outcome(tf, lambda feed: tf.assert_equal("a", "b")))
    facts.append(outcome(tf, lambda feed: tf.assert_equal("a", "a")))
    return facts


@program
def relations_that_do_not_fit(tf):
    return [
        outcome(
            tf, lambda feed: tf.assert_equal(feed.of([1.0, 2.0], [2]), feed.of([0.0] * 3, [3], name="q"))
        ),
        outcome(tf, lambda feed: tf.assert_equal(feed.of([1.0]), feed.of([1], None, "int32", name="q"))),
        outcome(tf, lambda feed: tf.assert_less(feed.of([1.0]), [1])),
        outcome(tf, lambda feed: tf.assert_less("a", "b"), "string"),
        outcome(tf, lambda feed: tf.assert_positive(feed.of(["a"], None, "string"))),
    ]


@program
def a_tensor_equals_itself(tf):
    def build(feed):
        x = feed.of([1.0, 2.0])
        return tf.assert_equal(x, x)

    return outcome(tf, build)


@program
def signs(tf):
    facts = []
    for name in SIGNS:
        for value in (-1.0, 0.0, 1.0):
            facts.append(outcome(tf, lambda feed: getattr(tf, name)(feed.of([value]))))
            facts.append(outcome(tf, lambda feed: getattr(tf, name)(feed.of([int(value)], None, "int32"))))
            facts.append(outcome(tf, lambda feed: getattr(tf, name)([value])))
    facts.append(
        outcome(
            tf,
            lambda feed: tf.assert_positive(feed.of([1.0, -2.0])),
            "[Condition x > 0 did not hold",
            "[1 -2]",
        )
    )
    facts.append(
        outcome(tf, lambda feed: tf.assert_non_negative([-1], message="told"), "told Condition x >= 0")
    )
    return facts


@program
def nearness(tf):
    def near(*values, **kwargs):
        return outcome(tf, lambda feed: tf.assert_near(feed.of([1.0, 2.0]), list(values), **kwargs))

    return [
        near(1.0, 2.0),
        near(1.0, 2.1),
        near(1.0, 2.000001),
        near(1.0, 2.00001),
        near(1.0, 2.1, rtol=0.1),
        near(1.0, 2.1, atol=0.05),
        near(1.0, 2.1, atol=0.11, name="close"),
        outcome(tf, lambda feed: tf.assert_near([1.0], [1.5]), "x and y not equal to tolerance rtol ="),
        outcome(tf, lambda feed: tf.assert_near(feed.of([1], None, "int32"), [1]), "not inexact"),
        outcome(tf, lambda feed: tf.assert_near(tf.constant([1.0], tf.float64), [1.0 + 1e-12])),
    ]


@program
def types(tf):
    return [
        outcome(tf, lambda feed: tf.assert_integer(feed.of([1], None, "int32"))),
        outcome(
            tf, lambda feed: tf.assert_integer(feed.of([1.0])), 'Expected "x" to be integer type. Found: p:0'
        ),
        outcome(tf, lambda feed: tf.assert_integer(feed.of([1.0]), message="told"), "told Expected"),
        outcome(tf, lambda feed: tf.assert_type(feed.of([1.0]), tf.float32)),
        outcome(
            tf,
            lambda feed: tf.assert_type(feed.of([1.0]), tf.int32, message="told"),
            "told p:0 must be of type",
        ),
        outcome(tf, lambda feed: tf.assert_type([1, 2], tf.float32), "must be of type"),
    ]


@program
def same_float_dtypes(tf):
    def check(*args):
        try:
            found = tf.assert_same_float_dtype(*args)
        except ValueError as err:
            return str(err).split(",")[0].split(" type")[0]
        return str(getattr(found, "name", found)).replace("torch.", "")

    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.placeholder(tf.float64, [2], name="y")
    n = tf.placeholder(tf.int32, [2], name="n")
    return [
        check(),
        check([x, None]),
        check([y], tf.float64),
        check([x, y]),
        check([x], tf.float64),
        check([n]),
        check(None, tf.int32),
    ]


@program
def ranks(tf):
    def known(feed):
        return feed.of(np.ones([1, 2]), [1, 2])

    return [
        outcome(tf, lambda feed: tf.assert_rank(known(feed), 2)),
        outcome(
            tf,
            lambda feed: tf.assert_rank(known(feed), 1, message="m"),
            "m. Tensor p:0 must have rank 1. Received rank 2, shape (1, 2)",
        ),
        outcome(tf, lambda feed: tf.assert_rank(feed.of([1.0]), 1)),
        outcome(
            tf,
            lambda feed: tf.assert_rank(feed.of([[1.0]]), 1, message="m"),
            "[m] [Tensor p:0 must have rank] [1] [Received shape: ] [1 1]",
        ),
        outcome(
            tf, lambda feed: tf.assert_rank(feed.of([[1.0]]), 1, data=["shown"]), "assertion failed: [shown]"
        ),
        outcome(tf, lambda feed: tf.assert_rank(feed.of([1.0]), [1, 2]), "Rank must be a scalar."),
        outcome(tf, lambda feed: tf.assert_rank(feed.of([1.0]), 0.5), "must be of type"),
        outcome(tf, lambda feed: tf.assert_rank(3.0, 1), "Received rank 0, shape ()"),
        outcome(tf, lambda feed: tf.assert_rank_at_least(known(feed), 1)),
        outcome(tf, lambda feed: tf.assert_rank_at_least(known(feed), 3), "must have rank at least 3"),
        outcome(
            tf,
            lambda feed: tf.assert_rank_at_least(feed.of([1.0]), 2),
            "[Tensor p:0 must have rank at least] [2]",
        ),
        outcome(tf, lambda feed: tf.assert_rank_at_least(feed.of([[1.0]]), 1)),
        outcome(tf, lambda feed: tf.assert_rank_in(known(feed), [1, 2])),
        outcome(
            tf, lambda feed: tf.assert_rank_in(known(feed), [1, 3]), "must have rank in", "Received rank 2"
        ),
        outcome(
            tf,
            lambda feed: tf.assert_rank_in(feed.of([[1.0]]), [1, 3]),
            "[Tensor p:0 must have rank in] [1] [3]",
        ),
        outcome(tf, lambda feed: tf.assert_rank_in(feed.of([[1.0]]), [2, 3])),
    ]


@program
def scalars(tf):
    return [
        outcome(tf, lambda feed: tf.assert_scalar(feed.of(1.0, []))),
        outcome(tf, lambda feed: tf.assert_scalar(3.0)),
        outcome(
            tf,
            lambda feed: tf.assert_scalar(feed.of([1.0], [1])),
            "Expected scalar shape for p:0, saw shape: (1,).",
        ),
        outcome(tf, lambda feed: tf.assert_scalar(feed.of(1.0)), "saw shape: <unknown>."),
    ]


@program
def proper_iterables(tf):
    facts = []
    for values in ([1], (), {"a": 1}, "ab", b"ab", np.ones(2), 3, tf.constant([1.0])):
        try:
            facts.append(tf.assert_proper_iterable(values))
        except TypeError as err:
            facts.append(str(err).split(".")[0])
    return facts


@program
def finite_numbers(tf):
    def check(values):
        return outcome(tf, lambda feed: tf.verify_tensor_all_finite(feed.of(values, [2]), "bad one"))

    return [
        check([1.0, 2.0]),
        check([1.0, np.nan]),
        check([np.inf, 1.0]),
        outcome(
            tf,
            lambda feed: tf.verify_tensor_all_finite(feed.of([np.nan]), "bad one"),
            "bad one : Tensor had NaN",
        ),
        outcome(
            tf, lambda feed: tf.verify_tensor_all_finite(x=feed.of([1.0]), message="bad one", name="mine")
        ),
    ]


@program
def all_tensors_of_the_graph_are_checked(tf):
    def build(value):
        def made(feed):
            tf.sqrt(feed.of([value], [1])) * 2.0
            return tf.add_check_numerics_ops()

        return made

    return [outcome(tf, build(1.0)), outcome(tf, build(-1.0), "Sqrt:0 : Tensor had NaN values")]


@program
def orders(tf):
    facts = []
    for values in ([], [1.0], [1.0, 2.0], [1.0, 1.0], [2.0, 1.0], [[1.0, 2.0], [3.0, 2.0]]):
        facts.append(outcome(tf, lambda feed: tf.is_non_decreasing(feed.of(values))))
        facts.append(outcome(tf, lambda feed: tf.is_strictly_increasing(feed.of(values, None, "int32"))))
    return facts


@program
def what_depends_on_an_assertion_fails(tf):
    def build(feed):
        x = feed.of([1.0, -1.0])
        with tf.control_dependencies([tf.assert_positive(x)]):
            return tf.identity(x)

    return outcome(tf, build, "assertion failed", "Condition x > 0")


@program
def names_of_debugging(tf):
    return sorted(
        name
        for name in dir(tf.debugging)
        if name[0] != "_"
        and name not in ("assert_shapes", "get_log_device_placement", "set_log_device_placement")
    )
