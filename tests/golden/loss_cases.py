"""The programs of `slim.losses` that TensorFlow and slim_torch both run: plain data, no framework.

Runs under Python 3.7 (the oracle) and the project's Python. A case names a function of `slim.losses`
and says how to make its arguments; `arguments(case)` makes them as NumPy arrays from names alone. The
cases of `tf.losses` are in `tf_loss_cases.py`.
"""

import numpy as np
from values import value_for


def _labels(kind, name, shape, dtype):
    if kind == "class":  # one class per row
        return value_for(name, shape, "int32") % 4
    if kind == "onehot":
        classes = value_for(name, shape[:-1], "int32") % shape[-1]
        return np.eye(shape[-1])[classes].astype(dtype)
    if kind == "multi":  # any number of classes per row
        return (value_for(name, shape) > 0).astype(dtype)
    if kind == "distribution":
        raw = value_for(name + "/variance", shape, "float64")
        return (raw / raw.sum(-1, keepdims=True)).astype(dtype)
    return value_for(name, shape, dtype)


def _weights(spec, name):
    if not isinstance(spec, tuple):
        return spec
    kind, shape = spec[0], spec[1]
    dtype = spec[2] if len(spec) > 2 else "float32"
    if kind == "zeros":
        return np.zeros(shape, dtype)
    values = value_for(name, shape, "float64")
    if kind == "some_zero":
        values = np.where(values < 0, 0.0, values + 0.1)
    if kind == "mask":
        values = values > 0
    return np.asarray(values, dtype)


def arguments(case):
    """`(inputs, labels, weights, keywords)`; labels is None for `compute_weighted_loss`."""
    inputs = value_for(case["id"] + "/inputs", case["shape"], "float64") * case.get("scale", 2.0)
    kind = case.get("inputs")
    if kind == "probability":
        inputs = 1 / (1 + np.exp(-inputs))
    if kind == "certainty":  # probabilities of exactly 0 and 1
        inputs = np.where(inputs < 0, 0.0, 1.0)
    inputs = np.asarray(inputs, case.get("dtype", "float32"))
    labels = None
    if case["labels"] is not None:
        shape = case.get("labels_shape", case["shape"])
        dtype = case.get("labels_dtype", "float32")
        labels = _labels(case["labels"], case["id"] + "/labels", shape, dtype).astype(dtype)
        labels = np.asarray(labels * case.get("labels_scale", 1)).astype(dtype)
    return inputs, labels, _weights(case.get("weights"), case["id"] + "/weights"), case.get("kwargs", {})


def loss_case(function, name, shape, labels, **fields):
    return dict(fields, id=f"{function}-{name}", function=function, shape=shape, labels=labels)


def dense_cases(function, labels, weighting, **fields):
    """The cases that the losses with labels of the inputs' shape have in common; `fields` are in all of them."""
    cases = [
        loss_case(function, "plain", (5, 4), labels),
        loss_case(function, "one_row", (1, 4), labels),
        loss_case(function, "one_class", (5, 1), labels),
        loss_case(function, "rank3", (3, 2, 4), labels),
        loss_case(function, "rank4", (2, 3, 2, 4), labels),
        loss_case(function, "large", (5, 4), labels, scale=200.0),
        loss_case(function, "float64", (5, 4), labels, dtype="float64", labels_dtype="float64"),
        loss_case(function, "float16", (5, 4), labels, dtype="float16", labels_dtype="float16"),
        loss_case(function, "float64_labels", (5, 4), labels, labels_dtype="float64"),
        loss_case(function, "int_labels", (5, 4), "multi", labels_dtype="int32"),
        loss_case(function, "labels_wrong_shape", (5, 4), labels, labels_shape=(5, 3)),
        loss_case(function, "labels_broadcast", (5, 4), labels, labels_shape=(1, 4)),
        loss_case(function, "labels_wrong_rank", (5, 4), labels, labels_shape=(4,)),
        loss_case(function, "empty", (0, 4), labels),
    ]
    for name, spec in weighting:
        cases.append(loss_case(function, "weights_" + name, (5, 4), labels, weights=spec))
    return [dict(fields, **case) for case in cases]


PER_ROW = [
    ("number", 0.3),
    ("integer", 3),
    ("zero", 0.0),
    ("scalar", ("some", ())),
    ("scalar_zero", ("zeros", ())),
    ("batch", ("some", (5,))),
    ("batch_some_zero", ("some_zero", (5,))),
    ("batch_all_zero", ("zeros", (5,))),
    ("batch_column", ("some_zero", (5, 1))),
    ("one_element", ("some", (1,))),
    ("float64", ("some_zero", (5,), "float64")),
    ("mask", ("mask", (5,), "int32")),
    ("bool_mask", ("mask", (5,), "bool")),
    ("wrong_size", ("some", (2,))),
]
PER_ELEMENT = [
    ("elements", ("some", (5, 4))),
    ("elements_some_zero", ("some_zero", (5, 4))),
    ("row_for_all", ("some", (1, 4))),
    ("trailing_one", ("some_zero", (5, 4, 1))),
]


def pairwise_cases():
    """Where the weights of a loss over pairs may lie, and how many elements make pairs."""
    return [
        loss_case("mean_pairwise_squared_error", name, shape, "any", weights=weights)
        for name, shape, weights in (
            ("rank1", (5,), None),
            ("rank1_weights", (5,), ("some_zero", (5,))),
            ("two", (5, 2), None),
            ("two_weights", (5, 2), ("some_zero", (5, 1))),
            ("rank3_rows", (3, 2, 4), ("some_zero", (3,))),
            ("rank3_columns", (3, 2, 4), ("some_zero", (3, 2))),
            ("rank3_kept", (3, 2, 4), ("some_zero", (3, 1, 1))),
            ("rank3_elements", (3, 2, 4), ("some_zero", (3, 2, 4))),
            ("rank3_one_row", (3, 2, 4), ("some", (1, 1, 1))),
            ("images", (2, 3, 3, 2), ("some_zero", (2,))),
            ("images_kept", (2, 3, 3, 2), ("some_zero", (2, 1, 1, 1))),
            ("one_row_weight", (1, 4), ("some", (1,))),
            ("one_row_kept_weight", (1, 4), ("some", (1, 1))),
            ("elements_of_a_row", (1, 4), ("some_zero", (1, 4))),
            ("columns_of_squares", (4, 4), ("some_zero", (4, 4))),
            ("scalar", (), None),
            ("empty_rows", (3, 0), None),
        )
    ]


CASES = (
    dense_cases("softmax_cross_entropy", "onehot", PER_ROW + [("elements", ("some", (5, 4)))])
    + [
        loss_case("softmax_cross_entropy", "distribution", (5, 4), "distribution"),
        loss_case("softmax_cross_entropy", "labels_not_summing_to_one", (5, 4), "any", scale=3.0),
        loss_case("softmax_cross_entropy", "several_labels", (5, 4), "multi", weights=("some", (5,))),
        loss_case("softmax_cross_entropy", "rank1", (4,), "onehot"),
        loss_case("softmax_cross_entropy", "int_logits", (5, 4), "onehot", dtype="int32"),
    ]
    + [
        loss_case(function, f"smoothing_{name}", shape, labels, kwargs={"label_smoothing": smoothing})
        for function, labels in (("softmax_cross_entropy", "onehot"), ("sigmoid_cross_entropy", "multi"))
        for name, shape, smoothing in (
            ("0.1", (5, 4), 0.1),
            ("0.9", (5, 10), 0.9),
            ("int_1", (5, 4), 1),
            ("negative", (5, 4), -0.1),
            ("rank3", (3, 2, 5), 0.2),
        )
    ]
    + [
        loss_case(
            "softmax_cross_entropy",
            "smoothing_rank4_weights",
            (2, 3, 2, 4),
            "onehot",
            kwargs={"label_smoothing": 0.1},
            weights=("some", (2, 3, 2)),
        )
    ]
    + dense_cases("sigmoid_cross_entropy", "multi", PER_ROW + PER_ELEMENT)
    + [
        loss_case("sigmoid_cross_entropy", "fractional_labels", (5, 4), "any"),
        loss_case("sigmoid_cross_entropy", "at_zero", (5, 4), "multi", scale=0.0),
        loss_case("sigmoid_cross_entropy", "scalar", (), "any"),
    ]
    + dense_cases("mean_squared_error", "any", PER_ROW + PER_ELEMENT)
    + [
        loss_case("mean_squared_error", "int_predictions", (5, 4), "any", dtype="int32"),
        loss_case("mean_squared_error", "images", (2, 3, 3, 2), "any", weights=("some_zero", (2, 1, 3, 2))),
    ]
    + [
        loss_case(
            "sparse_softmax_cross_entropy",
            name,
            (5, 4),
            "class",
            **dict({"labels_shape": (5,), "labels_dtype": "int32"}, **fields),
        )
        for name, fields in [("weights_" + name, {"weights": spec}) for name, spec in PER_ROW]
        + [
            ("plain", {}),
            ("int64", {"labels_dtype": "int64"}),
            ("uint8", {"labels_dtype": "uint8"}),
            ("float_labels", {"labels_dtype": "float32"}),
            ("column", {"labels_shape": (5, 1)}),
            ("row", {"labels_shape": (1, 5)}),
            ("too_few", {"labels_shape": (4,)}),
            ("large", {"scale": 200.0}),
            ("float64", {"dtype": "float64"}),
            ("float16", {"dtype": "float16"}),
        ]
    ]
    + [
        loss_case(
            "sparse_softmax_cross_entropy",
            "rank3",
            (5, 2, 4),
            "class",
            labels_shape=(5, 2),
            labels_dtype="int32",
        )
    ]
    + [
        loss_case(
            "compute_weighted_loss",
            "{}_weights_{}".format("x".join(map(str, shape)), "x".join(map(str, weights))),
            shape,
            None,
            weights=("some_zero", weights),
        )
        for shape, weights in [
            ((3,), (3,)),
            ((3,), (3, 1)),
            ((3,), (1, 1)),
            ((3,), (3, 4)),
            ((1,), (3,)),
            ((3, 4), (3, 4)),
            ((3, 4), (3, 1, 1)),
            ((3, 4), (3, 1, 5)),
            ((3, 1), (3, 4)),
            ((3, 4, 5), (3,)),
            ((3, 4, 5), (3, 4)),
            ((3, 4, 5), (3, 4, 1)),
            ((3, 4, 5), (3, 1, 5)),
            ((3, 4, 5), (3, 4, 5)),
            ((3, 4, 5), (1, 4)),
            ((3, 4, 1), (3, 4, 5)),
            ((), ()),
            ((), (3,)),
            ((3,), (3, 1, 1)),
        ]
    ]
    + [
        loss_case("compute_weighted_loss", "plain", (3, 4), None),
        loss_case("compute_weighted_loss", "float64", (3, 4), None, dtype="float64"),
        loss_case("compute_weighted_loss", "int32", (3, 4), None, dtype="int32", scale=20.0),
        loss_case("compute_weighted_loss", "empty", (0,), None),
    ]
    + dense_cases("absolute_difference", "any", PER_ROW + PER_ELEMENT)
    + [
        loss_case("absolute_difference", "scalar", (), "any"),
        loss_case("absolute_difference", "rank1", (5,), "any", weights=("some_zero", (5,))),
        loss_case("absolute_difference", "equal", (5, 4), "onehot", inputs="certainty"),
        loss_case("absolute_difference", "int_predictions", (5, 4), "any", dtype="int32"),
        loss_case("absolute_difference", "int_both", (5, 4), "multi", dtype="int64", labels_dtype="int64"),
        loss_case("absolute_difference", "images", (2, 3, 3, 2), "any", weights=("some_zero", (2, 1, 3, 2))),
    ]
    + dense_cases("log_loss", "multi", PER_ROW + PER_ELEMENT, inputs="probability")
    + [
        loss_case("log_loss", name, (5, 4), "multi", **fields)
        for name, fields in (
            ("certainty", {"inputs": "certainty"}),
            ("certainty_float16", {"inputs": "certainty", "dtype": "float16"}),
            ("outside", {}),
            ("epsilon", {"inputs": "certainty", "kwargs": {"epsilon": 0.1}}),
            ("epsilon_zero", {"inputs": "certainty", "kwargs": {"epsilon": 0.0}}),
            ("scope", {"inputs": "probability", "kwargs": {"scope": "mine"}}),
        )
    ]
    + dense_cases("cosine_distance", "any", PER_ROW + PER_ELEMENT, kwargs={"axis": 1})
    + [
        loss_case("cosine_distance", name, shape, "any", kwargs=keywords, weights=weights)
        for name, shape, keywords, weights in (
            ("no_axis", (5, 4), {}, None),
            ("dim", (5, 4), {"dim": 1}, None),
            ("dim_and_axis", (5, 4), {"dim": 1, "axis": 1}, None),
            ("axis_0", (5, 4), {"axis": 0}, None),
            ("axis_0_weights", (5, 4), {"axis": 0}, ("some_zero", (1, 4))),
            ("axis_0_row_weights", (5, 4), {"axis": 0}, ("some_zero", (4,))),
            ("last_axis", (5, 4), {"axis": -1}, None),
            ("missing_axis", (5, 4), {"axis": 2}, None),
            ("below_axis", (5, 4), {"axis": -3}, None),
            ("rank1", (4,), {"axis": 0}, None),
            ("rank3_middle", (2, 3, 4), {"axis": 1}, ("some_zero", (2,))),
            ("rank3_middle_columns", (2, 3, 4), {"axis": 1}, ("some_zero", (2, 1, 4))),
            ("rank3_last", (2, 3, 4), {"axis": 2}, ("some_zero", (2, 3))),
            ("rank3_last_kept", (2, 3, 4), {"axis": 2}, ("some_zero", (2, 3, 1))),
            ("rank4_last", (2, 3, 3, 4), {"axis": 3}, ("some_zero", (2, 3))),
        )
    ]
    + dense_cases("mean_pairwise_squared_error", "any", PER_ROW + PER_ELEMENT)
    + pairwise_cases()
    + [
        loss_case("hinge_loss", name, (5, 4), "multi", **fields)
        for name, fields in (
            ("plain", {}),
            ("large", {"scale": 200.0}),
            ("at_the_margin", {"inputs": "certainty"}),
            ("int_labels", {"labels_dtype": "int32"}),
            ("float64_labels", {"labels_dtype": "float64"}),
            ("float64", {"dtype": "float64", "labels_dtype": "float64"}),
            ("float16", {"dtype": "float16"}),
            ("int_logits", {"dtype": "int32"}),
            ("labels_wrong_shape", {"labels_shape": (5, 3)}),
            ("labels_broadcast", {"labels_shape": (1, 4)}),
            ("labels_wrong_rank", {"labels_shape": (4,)}),
            ("scope", {"kwargs": {"scope": "mine"}}),
        )
    ]
    + [
        loss_case("hinge_loss", "fractional_labels", (5, 4), "any"),
        loss_case("hinge_loss", "scalar", (), "any"),
        loss_case("hinge_loss", "rank3", (3, 2, 4), "multi"),
        loss_case("hinge_loss", "empty", (0, 4), "multi"),
    ]
)
