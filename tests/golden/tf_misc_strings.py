"""Programs about functions of strings."""

# `outcome` calls its function at once.
# ruff: noqa: B023

from tf_misc_tools import outcome, program


@program
def joining(tf):
    return [
        outcome(tf, lambda feed: tf.string_join(["a", ["b", "c"], tf.constant("d")], "-")),
        outcome(tf, lambda feed: tf.string_join([["a", "f"], ["b", "c"]], name="mine")),
        outcome(tf, lambda feed: tf.string_join(["a", ["b", "c"], ["d"]])),
        outcome(tf, lambda feed: tf.string_join([feed.of(["x", "y"], [None], "string"), "!"])),
        outcome(tf, lambda feed: tf.reduce_join([["a", "b"], ["c", "d"]], 1)),
        outcome(tf, lambda feed: tf.reduce_join([["a", "b"], ["c", "d"]], 0, separator="-")),
        outcome(tf, lambda feed: tf.reduce_join([["a", "b"], ["c", "d"]])),
        outcome(tf, lambda feed: tf.reduce_join([["a", "b"], ["c", "d"]], [0, 1])),
        outcome(tf, lambda feed: tf.reduce_join([["a", "b"], ["c", "d"]], [1, 0])),
        outcome(tf, lambda feed: tf.reduce_join([["a", "b"], ["c", "d"]], -1, keep_dims=True)),
    ]


@program
def numbers_as_strings(tf):
    facts = [
        outcome(tf, lambda feed: tf.as_string(value))
        for value in (1, 1.5, 1e-10, True, [1, -22], 3.0, 1e20, float("nan"), float("-inf"))
    ]
    return [
        *facts,
        outcome(tf, lambda feed: tf.as_string([1.23456, 2.0], precision=2)),
        outcome(tf, lambda feed: tf.as_string([1.23456], scientific=True)),
        outcome(tf, lambda feed: tf.as_string([1.5, 100.0], shortest=True)),
        outcome(tf, lambda feed: tf.as_string([5, 66], width=4, fill="0")),
        outcome(tf, lambda feed: tf.as_string([5, 66], width=4, name="mine")),
        outcome(tf, lambda feed: tf.as_string([5, 66], precision=2), "precision not supported"),
        outcome(
            tf, lambda feed: tf.as_string([5, 66], width=3, fill="ab"), "Fill string must be one or fewer"
        ),
        outcome(tf, lambda feed: tf.as_string("x"), "string"),
        outcome(tf, lambda feed: tf.as_string(feed.of([0.5], [None]))),
    ]


@program
def strings_as_numbers(tf):
    return [
        outcome(tf, lambda feed: tf.string_to_number(["1.5", "2", "-3e2", " 7 "])),
        outcome(tf, lambda feed: tf.string_to_number(["15", "-2"], tf.int32)),
        outcome(tf, lambda feed: tf.string_to_number("15", tf.int64, name="mine")),
        outcome(tf, lambda feed: tf.string_to_number("15", tf.float64)),
        outcome(tf, lambda feed: tf.string_to_number(["1x"]), "could not correctly convert string: 1x"),
        outcome(
            tf, lambda feed: tf.string_to_number(["1.5"], tf.int32), "could not correctly convert string: 1.5"
        ),
        outcome(tf, lambda feed: tf.string_to_number(["99999999999"], tf.int32)),
        outcome(tf, lambda feed: tf.string_to_number("")),
        outcome(tf, lambda feed: tf.string_to_number("1", tf.uint8)),
    ]


@program
def splitting(tf):
    return [
        outcome(tf, lambda feed: tf.string_split(["a b  c", "d"])),
        outcome(tf, lambda feed: tf.string_split(["a,b,,c", "", "d"], ",")),
        outcome(tf, lambda feed: tf.string_split(["a,b,,c", "d"], ",", skip_empty=False)),
        outcome(tf, lambda feed: tf.string_split(["abc", "d"], "")),
        outcome(tf, lambda feed: tf.string_split(["a,b;c", "d"], ",;")),
        outcome(tf, lambda feed: tf.string_split(["a b"], delimiter=" ", name="mine")),
        outcome(tf, lambda feed: tf.string_split("a b")),
        outcome(tf, lambda feed: tf.string_split(feed.of(["x y", "z"], [None], "string")).values),
    ]


@program
def parts(tf):
    return [
        outcome(tf, lambda feed: tf.substr(["hello", "world!"], 1, 3)),
        outcome(tf, lambda feed: tf.substr(["hello", "world!"], -3, 2)),
        outcome(tf, lambda feed: tf.substr(["hello", "world!"], [0, 1], [2, 9])),
        outcome(tf, lambda feed: tf.substr(["hello"], 7, 2), "pos 7 out of range for string"),
        outcome(tf, lambda feed: tf.substr(["h\u00e9llo"], 1, 2, unit="UTF8_CHAR")),
        outcome(tf, lambda feed: tf.strings.length(["aab", "\u00e9"])),
        outcome(tf, lambda feed: tf.strings.length(["aab", "\u00e9"], unit="UTF8_CHAR")),
    ]


@program
def changing(tf):
    return [
        outcome(tf, lambda feed: tf.regex_replace(["aab", "b"], "a+", "x")),
        outcome(tf, lambda feed: tf.regex_replace(["aabab", "b"], "(a)b", r"[\1]", replace_global=False)),
        outcome(tf, lambda feed: tf.regex_replace(["aabab", "b"], "a.", r"<\0>")),
        outcome(tf, lambda feed: tf.regex_replace(["aabab"], "(a", "x"), "Invalid pattern: (a"),
        outcome(tf, lambda feed: tf.strings.regex_full_match(["aab", "b", "aabx"], "a+b")),
        outcome(tf, lambda feed: tf.strings.lower(["aAB", "b"])),
        outcome(tf, lambda feed: tf.strings.upper(["aAB", "b"])),
        outcome(tf, lambda feed: tf.string_strip(["  aAB \n", "b"])),
    ]


@program
def the_same_under_shorter_names(tf):
    names = (
        ("join", "string_join"),
        ("to_number", "string_to_number"),
        ("as_string", "as_string"),
        ("substr", "substr"),
        ("strip", "string_strip"),
        ("reduce_join", "reduce_join"),
        ("regex_replace", "regex_replace"),
    )
    return [[short, hasattr(tf.strings, short), hasattr(tf, long)] for short, long in names]


@program
def assertions_show_strings(tf):
    return outcome(
        tf,
        lambda feed: tf.assert_equal(feed.of(["a", "b"], None, "string"), ["a", "c"]),
        "[x (p:0) = ] [a b]",
    )
