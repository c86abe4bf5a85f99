"""The programs of `tf.losses` that TensorFlow and slim_torch both run, in the form of `loss_cases.py`.

A case's `inputs` are its predictions or logits, although `tf.losses` takes the labels first.
"""

from loss_cases import dense_cases, loss_case, pairwise_cases

REDUCTIONS = (
    "none",
    "weighted_sum",
    "weighted_mean",
    "weighted_sum_over_batch_size",
    "weighted_sum_by_nonzero_weights",
)
# What fits losses of one number per row ...
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
# ... and losses of one number per element, of shape [5, 4].
PER_ELEMENT = [
    ("number", 0.3),
    ("integer", 3),
    ("zero", 0.0),
    ("scalar", ("some", ())),
    ("scalar_zero", ("zeros", ())),
    ("batch", ("some", (5,))),
    ("columns", ("some", (4,))),
    ("column", ("some", (5, 1))),
    ("column_some_zero", ("some_zero", (5, 1))),
    ("column_all_zero", ("zeros", (5, 1))),
    ("row", ("some_zero", (1, 4))),
    ("elements", ("some_zero", (5, 4))),
    ("one_element", ("some", (1, 1))),
    ("one_axis", ("some", (1,))),
    ("trailing_one", ("some_zero", (5, 4, 1))),
    ("float64", ("some_zero", (5, 1), "float64")),
    ("float16", ("some_zero", (5, 1), "float16")),
    ("mask", ("mask", (5, 4), "int32")),
    ("bool_mask", ("mask", (5, 4), "bool")),
    ("wrong_rows", ("some", (2, 1))),
    ("wrong_columns", ("some", (5, 3))),
]


def _reductions(function, labels, weights, **fields):
    return [
        loss_case(
            function,
            f"{reduction}-{name}",
            (5, 4),
            labels,
            weights=spec,
            **dict(fields, kwargs=dict(fields.get("kwargs", {}), reduction=reduction)),
        )
        for reduction in REDUCTIONS
        for name, spec in (("plain", None), ("weighted", weights), ("zero", 0.0), ("number", 2.5))
    ]


def _family(function, labels, **fields):
    """All cases of a loss with one number per element."""
    return dense_cases(function, labels, PER_ELEMENT, **fields) + _reductions(
        function, labels, ("some_zero", (5, 1)), **fields
    )


def _sparse():
    fields = {"labels_shape": (5,), "labels_dtype": "int32"}
    cases = [("weights_" + name, {"weights": spec}) for name, spec in PER_ROW] + [
        ("plain", {}),
        ("int64", {"labels_dtype": "int64"}),
        ("uint8", {"labels_dtype": "uint8"}),
        ("float_labels", {"labels_dtype": "float32"}),
        ("column", {"labels_shape": (5, 1)}),
        ("column_weights", {"labels_shape": (5, 1), "weights": ("some_zero", (5, 1))}),
        ("column_row_weights", {"labels_shape": (5, 1), "weights": ("some_zero", (5,))}),
        ("row", {"labels_shape": (1, 5)}),
        ("too_few", {"labels_shape": (4,)}),
        ("scalar_labels", {"labels_shape": ()}),
        ("large", {"scale": 200.0}),
        ("float64", {"dtype": "float64"}),
        ("float16", {"dtype": "float16"}),
        ("int_logits", {"dtype": "int32"}),
    ]
    name = "sparse_softmax_cross_entropy"
    return (
        [loss_case(name, case, (5, 4), "class", **dict(fields, **extra)) for case, extra in cases]
        + [
            loss_case(name, case, shape, "class", labels_shape=labels, labels_dtype="int32", weights=weights)
            for case, shape, labels, weights in (
                ("rank3", (3, 2, 4), (3, 2), None),
                ("rank3_weights", (3, 2, 4), (3, 2), ("some_zero", (3, 2))),
                ("rank3_column_weights", (3, 2, 4), (3, 2), ("some_zero", (3, 1))),
                ("rank3_row_weights", (3, 2, 4), (3, 2), ("some_zero", (3,))),
                ("rank3_trailing_one", (3, 2, 4), (3, 2), ("some_zero", (3, 2, 1))),
                ("rank3_labels_trailing_one", (3, 2, 4), (3, 2, 1), None),
                ("rank1", (4,), (), None),
                ("empty", (0, 4), (0,), None),
            )
        ]
        + _reductions(name, "class", ("some_zero", (5,)), **fields)
    )


CASES = (
    _family("absolute_difference", "any")
    + _family("mean_squared_error", "any")
    + _family("huber_loss", "any")
    + [
        loss_case("huber_loss", f"delta_{delta}", (5, 4), "any", kwargs={"delta": delta})
        for delta in (0.3, 0.0, 2, -1.0, 100.0)
    ]
    + [loss_case("huber_loss", "int_predictions", (5, 4), "any", dtype="int32")]
    + _family("log_loss", "multi", inputs="probability")
    + [
        loss_case("log_loss", name, (5, 4), "multi", **fields)
        for name, fields in (
            ("certainty", {"inputs": "certainty"}),
            ("outside", {}),
            ("epsilon", {"inputs": "certainty", "kwargs": {"epsilon": 0.1}}),
            ("epsilon_zero", {"inputs": "certainty", "kwargs": {"epsilon": 0.0}}),
        )
    ]
    + _family("hinge_loss", "multi")
    + [
        loss_case("hinge_loss", "at_the_margin", (5, 4), "multi", inputs="certainty"),
        loss_case("hinge_loss", "fractional_labels", (5, 4), "any"),
    ]
    + _family("sigmoid_cross_entropy", "multi")
    + _family("cosine_distance", "any", kwargs={"axis": 1})
    + [
        loss_case("cosine_distance", name, shape, "any", kwargs=keywords, weights=weights)
        for name, shape, keywords, weights in (
            ("no_axis", (5, 4), {}, None),
            ("dim", (5, 4), {"dim": 1}, None),
            ("dim_and_axis", (5, 4), {"dim": 1, "axis": 1}, None),
            ("axis_0", (5, 4), {"axis": 0}, ("some_zero", (1, 4))),
            ("last_axis", (5, 4), {"axis": -1}, None),
            ("missing_axis", (5, 4), {"axis": 2}, None),
            ("rank1", (4,), {"axis": 0}, None),
            ("rank3_middle", (2, 3, 4), {"axis": 1}, ("some_zero", (2, 1, 4))),
            ("rank3_squeezed", (2, 3, 4), {"axis": 1}, ("some_zero", (2, 4))),
        )
    ]
    + dense_cases("mean_pairwise_squared_error", "any", PER_ELEMENT)
    + pairwise_cases()
    + dense_cases("softmax_cross_entropy", "onehot", [*PER_ROW, ("elements", ("some", (5, 4)))])
    + _reductions("softmax_cross_entropy", "onehot", ("some_zero", (5,)))
    + [
        loss_case("softmax_cross_entropy", "distribution", (5, 4), "distribution"),
        loss_case("softmax_cross_entropy", "labels_not_summing_to_one", (5, 4), "any", scale=3.0),
        loss_case("softmax_cross_entropy", "rank1", (4,), "onehot"),
        loss_case("softmax_cross_entropy", "int_logits", (5, 4), "onehot", dtype="int32"),
        loss_case(
            "softmax_cross_entropy", "rank3_weights", (3, 2, 4), "onehot", weights=("some_zero", (3, 1))
        ),
        loss_case("sigmoid_cross_entropy", "int_logits", (5, 4), "multi", dtype="int32"),
        loss_case("sigmoid_cross_entropy", "at_zero", (5, 4), "multi", scale=0.0),
        loss_case("sigmoid_cross_entropy", "fractional_labels", (5, 4), "any"),
    ]
    + [
        loss_case(function, "smoothing_" + name, shape, labels, kwargs={"label_smoothing": smoothing})
        for function, labels in (("softmax_cross_entropy", "onehot"), ("sigmoid_cross_entropy", "multi"))
        for name, shape, smoothing in (
            ("0.1", (5, 4), 0.1),
            ("int_1", (5, 4), 1),
            ("negative", (5, 4), -0.1),
            ("rank3", (3, 2, 5), 0.2),
        )
    ]
    + _sparse()
    + [
        loss_case(function, "scalar", (), "any")
        for function in ("absolute_difference", "mean_squared_error", "huber_loss", "sigmoid_cross_entropy")
    ]
    + [
        loss_case(
            "mean_squared_error",
            name,
            (5, 4),
            "any",
            weights=("some_zero", (5, 1)),
            kwargs=keywords,
        )
        for name, keywords in (
            ("scope", {"scope": "mine"}),
            ("no_collection", {"loss_collection": None}),
            ("collection", {"loss_collection": "mine"}),
            ("unknown_reduction", {"reduction": "sum"}),
            ("scope_and_sum", {"scope": "mine", "reduction": "weighted_sum"}),
        )
    ]
    + [
        loss_case(
            "compute_weighted_loss",
            "{}_weights_{}-{}".format("x".join(map(str, shape)), "x".join(map(str, weights)), reduction),
            shape,
            None,
            weights=("some_zero", weights),
            kwargs={"reduction": reduction},
        )
        for reduction in REDUCTIONS
        for shape, weights in (
            ((3,), (3,)),
            ((3,), (1,)),
            ((3,), (3, 1)),
            ((1,), (3,)),
            ((3, 4), (3, 4)),
            ((3, 4), (3, 1)),
            ((3, 4), (1, 4)),
            ((3, 1), (3, 4)),
            ((3, 4, 5), (1, 4, 5)),
            ((3, 4, 5), (1, 4, 1)),
            ((), ()),
            ((), (1,)),
            ((0,), (0,)),
            ((0, 4), (1, 4)),
        )
    ]
    + [
        loss_case("compute_weighted_loss", f"{dtype}-{reduction}", (3, 4), None, **fields)
        for reduction in REDUCTIONS
        for dtype, fields in (
            ("float64", {"dtype": "float64", "kwargs": {"reduction": reduction}}),
            (
                "float16",
                {"dtype": "float16", "kwargs": {"reduction": reduction}, "weights": ("some", (3, 1))},
            ),
            ("int32", {"dtype": "int32", "scale": 20.0, "kwargs": {"reduction": reduction}}),
        )
    ]
)
