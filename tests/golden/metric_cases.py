"""The programs of `tf.metrics` and `tf.contrib.metrics` that TensorFlow and slim_torch both run: plain data.

Runs under Python 3.7 (the oracle) and the project's Python. A case names a function of one of the modules,
its inputs, which are tensors that differ from batch to batch, and its other arguments, all by keyword;
`batch(case, number)` makes the inputs as NumPy arrays from names alone.
"""

import numpy as np
from values import value_for

BATCHES = 4
THRESHOLDS = [0.2, 0.5, 0.75]


def _array(spec, name):
    """An array for `(kind, shape, dtype, limit)`; all but the kind may be left out."""
    kind, shape = spec[0], spec[1] if len(spec) > 1 else ()
    dtype = spec[2] if len(spec) > 2 else "float32"
    values = value_for(name, shape, "float64")
    if kind == "score":  # in [0, 1)
        return np.asarray((values + 1) / 2, dtype)
    if kind == "binary":
        return np.asarray(values > 0, dtype)
    if kind == "class":  # in [0, limit)
        return np.asarray(np.floor((values + 1) / 2 * spec[3]), dtype)
    if kind == "weight":
        return np.asarray(np.where(values < -0.4, 0.0, values + 0.5), dtype)
    if kind == "constant":
        return np.full(shape, spec[3], dtype)
    assert kind == "any"
    return np.asarray(values * 2, dtype)


def batch(case, number):
    """The arrays of one batch, by argument."""
    return {
        argument: _array(spec, "{}/{}/{}".format(case["id"], argument, number))
        for argument, spec in sorted(case["inputs"].items())
    }


def metric_case(module, function, label, inputs, scope=None, times=1, **kwargs):
    """A case; `scope` is a variable scope around it, `times` how often it is called (the last call counts)."""
    return {
        "id": f"{module}.{function}-{label}",
        "module": module,
        "function": function,
        "inputs": {argument: spec for argument, spec in inputs.items() if spec is not None},
        "kwargs": kwargs,
        "scope": scope,
        "times": times,
    }


# The same metric in tf.metrics and in tf.contrib.metrics; None where there is only the first.
_CONTRIB = {
    "average_precision_at_k": "streaming_sparse_average_precision_at_k",
    "mean_per_class_accuracy": None,
    "percentage_below": "streaming_percentage_less",
    "precision_at_k": "streaming_sparse_precision_at_k",
    "precision_at_top_k": None,
    "recall_at_k": "streaming_sparse_recall_at_k",
    "recall_at_top_k": None,
    "sparse_average_precision_at_k": None,
    "sparse_precision_at_k": None,
}


def _both(function, label, inputs, **kwargs):
    cases = [metric_case("tf", function, label, inputs, **kwargs)]
    other = _CONTRIB.get(function, "streaming_" + function)
    if other is not None:
        cases.append(metric_case("contrib", other, label, inputs, **kwargs))
    return cases


_WEIGHTS = [
    ("plain", None),
    ("weights_scalar", ("weight", ())),
    ("weights_full", ("weight", (4, 3))),
    ("weights_column", ("weight", (4, 1))),
    ("weights_row", ("weight", (1, 3))),
    ("weights_float64", ("weight", (4, 1), "float64")),
    ("weights_mask", ("binary", (4, 3), "int32")),
    ("weights_bool", ("binary", (4, 3), "bool")),
    ("weights_all_zero", ("constant", (4, 3), "float32", 0)),
    ("weights_rank1", ("weight", (4,))),
    ("weights_rank3", ("weight", (4, 3, 1))),
    ("weights_wrong", ("weight", (2, 1))),
]


def _elementwise(function, inputs, **kwargs):
    """Cases over inputs of shape [4, 3]."""
    cases = []
    for name, spec in _WEIGHTS:
        cases += _both(function, name, dict(inputs, weights=spec), **kwargs)
    cases += _both(function, "named", inputs, name="mine", **kwargs)
    cases += _both(function, "twice", inputs, times=2, **kwargs)
    cases += _both(function, "in_scope", inputs, scope="net", **kwargs)
    return cases


def _pair(labels, predictions):
    return {"labels": labels, "predictions": predictions}


_SHAPE = (4, 3)
_ANY = _pair(("any", _SHAPE), ("any", _SHAPE))
_BINARY = _pair(("binary", _SHAPE, "bool"), ("binary", _SHAPE, "bool"))
_CLASSES = _pair(("class", _SHAPE, "int32", 4), ("class", _SHAPE, "int32", 4))
_SCORES = _pair(("binary", _SHAPE, "bool"), ("score", _SHAPE))
_VALUES = {"values": ("any", _SHAPE)}


def _with_shapes(function, labels_kind, predictions_kind, **kwargs):
    """Shapes and dtypes that fit each other, or do not."""
    cases = []
    for name, labels, predictions in (
        ("rank1", (6,), (6,)),
        ("labels_column", (6, 1), (6,)),
        ("predictions_column", (6,), (6, 1)),
        ("scalar", (), ()),
        ("rank3", (2, 3, 2), (2, 3, 2)),
        ("wrong_size", (6,), (5,)),
        ("wrong_rank", (6, 2), (6,)),
        ("empty", (0, 3), (0, 3)),
    ):
        inputs = _pair(
            (labels_kind[0], labels) + labels_kind[1:],
            (predictions_kind[0], predictions) + predictions_kind[1:],
        )
        cases += _both(function, name, inputs, **kwargs)
        if name in ("rank1", "predictions_column"):
            cases += _both(function, name + "_weights", dict(inputs, weights=("weight", (6,))), **kwargs)
    return cases


def _dtypes(function, inputs, dtypes, **kwargs):
    """The inputs in other dtypes; `(labels, predictions)`."""
    cases = []
    for labels, predictions in dtypes:
        converted = {
            argument: spec[:2] + (labels if argument == "labels" else predictions,) + spec[3:]
            for argument, spec in inputs.items()
        }
        cases += _both(function, f"{labels}_{predictions}", converted, **kwargs)
    return cases


_COUNTS = ("true_positives", "false_positives", "true_negatives", "false_negatives")
_FLOATS = (("float64", "float64"), ("float16", "float16"), ("int32", "int32"), ("int32", "float32"))


def _basic():
    cases = _elementwise("mean", _VALUES)
    for dtype in ("float64", "float16", "int32", "int64", "bool"):
        cases += _both("mean", dtype, {"values": ("binary" if dtype == "bool" else "any", _SHAPE, dtype)})
    for shape in ((), (5,), (0, 3), (2, 1, 3)):
        cases += _both("mean", "shape_{}".format("x".join(map(str, shape))), {"values": ("any", shape)})
    cases += _elementwise("mean_tensor", _VALUES)
    cases += _both("mean_tensor", "float64", {"values": ("any", _SHAPE, "float64")})
    cases += _both("mean_tensor", "scalar", {"values": ("any", ())})
    cases += _elementwise("percentage_below", _VALUES, threshold=0.3)
    cases += _both("percentage_below", "int32", {"values": ("any", _SHAPE, "int32")}, threshold=1)
    for function in ("mean_absolute_error", "mean_squared_error", "root_mean_squared_error"):
        cases += _elementwise(function, _ANY)
        cases += _with_shapes(function, ("any",), ("any",))
        cases += _dtypes(function, _ANY, _FLOATS)
    relative = dict(_ANY, normalizer=("any", _SHAPE))
    cases += _elementwise("mean_relative_error", relative)
    cases += _both("mean_relative_error", "zeros", dict(_ANY, normalizer=("binary", _SHAPE)))
    cases += _both("mean_relative_error", "normalizer_row", dict(_ANY, normalizer=("any", (1, 3))))
    cases += _both("mean_relative_error", "normalizer_wrong", dict(_ANY, normalizer=("any", (4, 2))))
    cases += _elementwise("mean_cosine_distance", _ANY, dim=1)
    cases += _both("mean_cosine_distance", "dim_0", dict(_ANY, weights=("weight", (1, 3))), dim=0)
    cases += _elementwise("accuracy", _CLASSES)
    for name, labels, predictions in (
        ("rank1", (6,), (6,)),
        ("labels_column", (6, 1), (6,)),
        ("predictions_column", (6,), (6, 1)),
        ("scalar", (), ()),
        ("wrong_size", (6,), (5,)),
        ("wrong_rank", (6, 2), (6,)),
        ("empty", (0,), (0,)),
    ):
        inputs = _pair(("class", labels, "int64", 3), ("class", predictions, "int64", 3))
        cases += _both("accuracy", name, inputs)
    cases += _both("accuracy", "bool", _BINARY)
    cases += _both("accuracy", "mixed", _pair(("class", (6,), "int64", 3), ("class", (6,), "int32", 3)))
    cases += _both("accuracy", "float", _pair(("binary", (6,)), ("binary", (6,))))
    return cases


def _counting():
    cases = []
    for function in _COUNTS + ("precision", "recall"):
        cases += _elementwise(function, _BINARY)
        cases += _dtypes(function, _BINARY, (("int32", "int32"), ("float32", "float32"), ("bool", "int64")))
    for function in ("precision", "recall"):
        cases += _both(
            function, "predictions_column", _pair(("binary", (6,), "bool"), ("binary", (6, 1), "bool"))
        )
        cases += _both(function, "wrong_size", _pair(("binary", (6,), "bool"), ("binary", (5,), "bool")))
        nothing = ("constant", (4, 3), "bool", False)
        cases += _both(function, "nothing", _pair(nothing, nothing))
    for function in ("streaming_false_positive_rate", "streaming_false_negative_rate"):
        for name, weights in _WEIGHTS:
            cases.append(metric_case("contrib", function, name, dict(_BINARY, weights=weights)))
        for name, weights in _WEIGHTS[:4]:
            inputs = dict(_SCORES, weights=weights)
            cases.append(
                metric_case("contrib", function + "_at_thresholds", name, inputs, thresholds=THRESHOLDS)
            )
    for function in _COUNTS + ("precision", "recall"):
        function += "_at_thresholds"
        for name, weights in _WEIGHTS:
            cases += _both(function, name, dict(_SCORES, weights=weights), thresholds=THRESHOLDS)
        cases += _both(function, "one", _SCORES, thresholds=[0.5])
        cases += _both(function, "unordered", _SCORES, thresholds=[0.75, 0.2, 1.0, 0.0])
        cases += _both(
            function, "int_labels", dict(_SCORES, labels=("binary", _SHAPE, "int32")), thresholds=THRESHOLDS
        )
        cases += _both(function, "outside", dict(_SCORES, predictions=("any", _SHAPE)), thresholds=THRESHOLDS)
        cases += _both(
            function,
            "float64",
            dict(_SCORES, predictions=("score", _SHAPE, "float64")),
            thresholds=THRESHOLDS,
        )
        if function[0] in "pr":
            for name, fields in (("twice", {"times": 2}), ("named", {"name": "mine"})):
                cases += _both(function, name, _SCORES, thresholds=THRESHOLDS, **fields)
    return cases


def _curves():
    cases = []
    for function, argument in (
        ("sensitivity_at_specificity", "specificity"),
        ("specificity_at_sensitivity", "sensitivity"),
    ):
        for name, weights in _WEIGHTS[:6]:
            cases += _both(
                function, name, dict(_SCORES, weights=weights), num_thresholds=20, **{argument: 0.6}
            )
        for value in (0.0, 0.25, 1.0, 1.5, -0.1):
            cases += _both(function, f"at_{value}", _SCORES, num_thresholds=11, **{argument: value})
        cases += _both(function, "default", _SCORES, **{argument: 0.4})
        cases += _both(function, "named", _SCORES, num_thresholds=20, name="mine", **{argument: 0.6})
    for curve in ("ROC", "PR"):
        for name, weights in _WEIGHTS:
            cases += _both(
                "auc",
                f"{curve}_{name}",
                dict(_SCORES, weights=weights),
                num_thresholds=20,
                curve=curve,
            )
        cases += _both("auc", curve + "_default", _SCORES, curve=curve)
        same = ("constant", _SHAPE, "bool", True)
        cases += _both(
            "auc", curve + "_one_class", dict(_SCORES, labels=same), num_thresholds=20, curve=curve
        )
        for method in ("trapezoidal", "careful_interpolation", "minoring", "majoring", "unknown"):
            cases.append(
                metric_case(
                    "tf",
                    "auc",
                    curve + "_" + method,
                    _SCORES,
                    num_thresholds=20,
                    curve=curve,
                    summation_method=method,
                )
            )
        cases.append(
            metric_case("tf", "auc", curve + "_thresholds", _SCORES, thresholds=THRESHOLDS, curve=curve)
        )
        cases.append(
            metric_case("contrib", "streaming_curve_points", curve, _SCORES, num_thresholds=8, curve=curve)
        )
        inputs = dict(_SCORES, weights=("weight", _SHAPE))
        cases.append(
            metric_case(
                "contrib", "streaming_curve_points", curve + "_weights", inputs, num_thresholds=8, curve=curve
            )
        )
        flat = _pair(("binary", (8,), "bool"), ("score", (8,)))
        for name, inputs in (
            ("plain", flat),
            ("weights", dict(flat, weights=("weight", (8,)))),
            ("int_labels", dict(flat, labels=("binary", (8,), "int32"))),
            ("ties", dict(flat, predictions=("class", (8,), "float32", 3), weights=("score", (8,)))),
            ("rank2", _SCORES),
            ("wrong_size", _pair(("binary", (8,), "bool"), ("score", (7,)))),
            ("wrong_labels", dict(flat, labels=("class", (8,), "int32", 4))),
        ):
            cases.append(
                metric_case("contrib", "streaming_dynamic_auc", curve + "_" + name, inputs, curve=curve)
            )
    cases += _both("auc", "unknown_curve", _SCORES, num_thresholds=20, curve="roc")
    cases += _both("auc", "outside", dict(_SCORES, predictions=("any", _SHAPE)), num_thresholds=20)
    cases += _both(
        "auc", "float64", dict(_SCORES, predictions=("score", _SHAPE, "float64")), num_thresholds=20
    )
    cases += _both("auc", "named", _SCORES, num_thresholds=20, name="mine")
    cases += _both("auc", "twice", _SCORES, num_thresholds=20, times=2)
    flat = _pair(("binary", (12,), "int32"), ("score", (12,)))
    for name, inputs, kwargs in (
        ("plain", flat, {}),
        ("weights", dict(flat, weights=("score", (12,))), {}),
        ("alpha", flat, {"alpha": 0.8}),
        ("no_logit", flat, {"logit_transformation": False}),
        ("ties", dict(flat, predictions=("class", (12,), "float32", 4), weights=("score", (12,))), {}),
        ("one_class", dict(flat, labels=("constant", (12,), "int32", 1)), {}),
        ("one_positive", _pair(("constant", (1,), "int32", 1), ("score", (1,))), {}),
        ("wrong_labels", dict(flat, labels=("class", (12,), "int32", 4)), {}),
        ("alpha_1", flat, {"alpha": 1.0}),
        ("named", flat, {"name": "mine"}),
    ):
        cases.append(metric_case("contrib", "auc_with_confidence_intervals", name, inputs, **kwargs))
    for name, weights in _WEIGHTS[:4]:
        inputs = dict(_SCORES, weights=weights)
        cases.append(metric_case("contrib", "f1_score", name, inputs, num_thresholds=20))
        cases.append(
            metric_case("contrib", "precision_at_recall", name, inputs, target_recall=0.6, num_thresholds=20)
        )
        cases.append(
            metric_case("contrib", "recall_at_precision", name, inputs, precision=0.6, num_thresholds=20)
        )
        cases.append(
            metric_case(
                "contrib",
                "recall_at_precision",
                name + "_strict",
                inputs,
                precision=0.9,
                num_thresholds=20,
                strict_mode=True,
            )
        )
        cases.append(
            metric_case("contrib", "precision_recall_at_equal_thresholds", name, inputs, num_thresholds=6)
        )
    for name, inputs in (
        ("default", _SCORES),
        ("float64", dict(_SCORES, predictions=("score", _SHAPE, "float64"))),
        ("int_labels", dict(_SCORES, labels=("binary", _SHAPE, "int32"))),
        ("outside", dict(_SCORES, predictions=("any", _SHAPE))),
        ("wrong_size", _pair(("binary", (4,), "bool"), ("score", (3,)))),
        ("weights_wrong", dict(_SCORES, weights=("weight", (2, 1)))),
    ):
        cases.append(metric_case("contrib", "precision_recall_at_equal_thresholds", name, inputs))
    return cases


def _at_k():
    cases = []
    ids, scores, top = ("class", (4, 2), "int64", 5), ("score", (4, 5)), ("class", (4, 3), "int64", 5)
    weightings = (
        ("plain", None),
        ("weights_scalar", ("weight", ())),
        ("weights", ("weight", (4,))),
        ("weights_wrong", ("weight", (3,))),
        ("weights_column", ("weight", (4, 1))),
    )
    for name, weights in weightings:
        inputs = dict(_pair(ids, scores), weights=weights)
        for k in (1, 3):
            for function in ("average_precision_at_k", "precision_at_k", "recall_at_k"):
                cases += _both(function, f"{name}_{k}", inputs, k=k)
            for function in ("precision_at_k", "recall_at_k"):
                cases += _both(function, f"{name}_{k}_class", inputs, k=k, class_id=2)
        by_index = {"labels": ids, "predictions_idx": top, "weights": weights}
        for function in ("precision_at_top_k", "recall_at_top_k"):
            cases.append(metric_case("tf", function, name, by_index))
            cases.append(metric_case("tf", function, name + "_class", by_index, class_id=2))
            cases.append(metric_case("tf", function, name + "_k", by_index, k=3))
        by_top = {"labels": ids, "top_k_predictions": top, "weights": weights}
        cases.append(metric_case("contrib", "streaming_sparse_average_precision_at_top_k", name, by_top))
        for function in ("streaming_sparse_precision_at_top_k", "sparse_recall_at_top_k"):
            cases.append(metric_case("contrib", function, name, by_top))
            cases.append(metric_case("contrib", function, name + "_class", by_top, class_id=2))
        in_top = {"labels": ("class", (4,), "int64", 5), "predictions": scores, "weights": weights}
        cases.append(metric_case("contrib", "streaming_recall_at_k", name, in_top, k=2))
    for function in ("average_precision_at_k", "precision_at_k", "recall_at_k"):
        cases += _both(function, "one_label", _pair(("class", (4,), "int64", 5), scores), k=2)
        cases += _both(function, "rank3", _pair(("class", (2, 3, 2), "int64", 5), ("score", (2, 3, 5))), k=2)
        cases += _both(function, "int32", _pair(("class", (4, 2), "int32", 5), scores), k=2)
        cases += _both(function, "k_0", _pair(ids, scores), k=0)
        cases += _both(function, "k_too_large", _pair(ids, scores), k=6)
        cases += _both(function, "named", _pair(ids, scores), k=2, name="mine")
        cases += _both(function, "twice", _pair(ids, scores), k=2, times=2)
        cases += _both(function, "label_outside", _pair(("class", (4, 2), "int64", 9), scores), k=2)
    for function in ("precision_at_k", "recall_at_k"):
        cases += _both(function, "class_outside", _pair(ids, scores), k=2, class_id=9)
    for function in ("sparse_average_precision_at_k", "sparse_precision_at_k"):
        cases.append(metric_case("tf", function, "plain", _pair(ids, scores), k=2))
    return cases


def _matrices():
    cases = []
    flat = _pair(("class", (8,), "int64", 4), ("class", (8,), "int64", 4))
    for function in ("mean_iou", "mean_per_class_accuracy"):
        for name, weights in (
            ("plain", None),
            ("weights", ("weight", (8,))),
            ("weights_all_zero", ("constant", (8,), "float32", 0)),
            ("weights_wrong", ("weight", (5,))),
            ("weights_scalar", ("weight", ())),
        ):
            cases += _both(function, name, dict(flat, weights=weights), num_classes=4)
        matrix = dict(_CLASSES, weights=("weight", _SHAPE))
        cases += _both(function, "matrix", matrix, num_classes=4)
        cases += _both(
            function,
            "images",
            _pair(("class", (2, 3, 3, 1), "int32", 4), ("class", (2, 3, 3), "int32", 4)),
            num_classes=4,
        )
        cases += _both(function, "unseen", flat, num_classes=6)
        cases += _both(function, "outside", flat, num_classes=2)
        cases += _both(
            function,
            "wrong_size",
            _pair(("class", (8,), "int64", 4), ("class", (7,), "int64", 4)),
            num_classes=4,
        )
        cases += _both(function, "named", flat, num_classes=4, name="mine")
        cases += _both(function, "twice", flat, num_classes=4, times=2)
    for name, labels, weights in (
        ("plain", (8,), None),
        ("column", (8, 1), None),
        ("weights", (8,), ("weight", (8,))),
        ("rank2", (4, 2), None),
    ):
        inputs = {
            "labels": ("class", labels, "int64", 3),
            "predictions_idx": ("class", (4, 2) if name == "rank2" else (8,), "int64", 3),
            "weights": weights,
        }
        cases.append(metric_case("contrib", "cohen_kappa", name, inputs, num_classes=3))
    cases.append(metric_case("contrib", "cohen_kappa", "one_class", dict(_indices((8,), 3)), num_classes=1))
    cases += [
        metric_case("contrib", "confusion_matrix", name, dict(flat, weights=weights), **kwargs)
        for name, weights, kwargs in (
            ("plain", None, {}),
            ("num_classes", None, {"num_classes": 5}),
            ("weights", ("weight", (8,)), {"num_classes": 4, "dtype": "float32"}),
            ("int64", None, {"num_classes": 4, "dtype": "int64"}),
            ("outside", None, {"num_classes": 2}),
        )
    ]
    return cases


def _indices(shape, limit):
    return {"labels": ("class", shape, "int64", limit), "predictions_idx": ("class", shape, "int64", limit)}


def _others():
    cases = []
    for function in ("streaming_covariance", "streaming_pearson_correlation"):
        for name, weights in _WEIGHTS:
            cases.append(metric_case("contrib", function, name, dict(_ANY, weights=weights)))
        for name, fields in (
            ("named", {"name": "mine"}),
            ("twice", {"times": 2}),
            ("in_scope", {"scope": "net"}),
        ):
            cases.append(metric_case("contrib", function, name, _ANY, **fields))
        cases.append(metric_case("contrib", function, "scalar", _pair(("any", ()), ("any", ()))))
        cases.append(metric_case("contrib", function, "wrong_size", _pair(("any", (4, 2)), ("any", _SHAPE))))
        constant = ("constant", _SHAPE, "float32", 2.0)
        cases.append(metric_case("contrib", function, "constant", _pair(constant, ("any", _SHAPE))))
    for name, weights in _WEIGHTS:
        cases.append(metric_case("contrib", "count", name, dict(_VALUES, weights=weights)))
    for name, fields in (
        ("named", {"name": "mine"}),
        ("twice", {"times": 2}),
        ("in_scope", {"scope": "net"}),
    ):
        cases.append(metric_case("contrib", "count", name, _VALUES, **fields))
    for name, shape, kwargs in (
        ("plain", (4,), {}),
        ("rank2", (4, 3), {}),
        ("axis_1", (4, 3), {"axis": 1}),
        ("last_axis", (4, 3), {"axis": -1}),
        ("max_size", (4,), {"max_size": 10}),
        ("max_size_0", (4,), {"max_size": 0}),
        ("scalar", (), {}),
        ("missing_axis", (4,), {"axis": 1}),
        ("named", (4,), {"name": "mine"}),
        ("twice", (4,), {"times": 2}),
    ):
        cases.append(metric_case("contrib", "streaming_concat", name, {"values": ("any", shape)}, **kwargs))
    cases.append(metric_case("contrib", "streaming_concat", "int64", {"values": ("class", (4,), "int64", 9)}))
    for name, labels, weights in (
        ("plain", ("class", (8,), "int64", 3), None),
        ("weights", ("class", (8,), "int64", 3), ("weight", (8,))),
        ("mixed", ("class", (8,), "int32", 3), None),
        ("float", ("binary", (8,), "float32"), None),
        ("wrong_size", ("class", (7,), "int64", 3), None),
        ("weights_scalar", ("class", (8,), "int64", 3), ("weight", ())),
    ):
        inputs = dict(_pair(labels, ("class", (8,), "int64", 3)), weights=weights)
        cases.append(metric_case("contrib", "accuracy", name, inputs))
    sets = {"a": ("class", (3, 2), "int64", 5), "b": ("class", (3, 4), "int64", 5)}
    for function in ("set_difference", "set_intersection", "set_union"):
        cases.append(metric_case("contrib", function, "plain", sets))
    cases.append(metric_case("contrib", "set_difference", "b_minus_a", sets, aminusb=False))
    for name, labels, scores, kwargs in (
        ("plain", ("binary", (12,), "bool"), ("score", (12,)), {"nbins": 10}),
        ("default", ("binary", (12,), "bool"), ("score", (12,)), {}),
        ("outside", ("binary", (12,), "bool"), ("any", (12,)), {"nbins": 7}),
        ("rank2", ("binary", (4, 3), "bool"), ("score", (4, 3)), {"nbins": 10, "name": "mine"}),
        ("labels_column", ("binary", (12, 1), "bool"), ("score", (12,)), {"nbins": 10}),
        ("int_labels", ("binary", (12,), "int32"), ("score", (12,)), {"nbins": 10}),
        ("wrong_size", ("binary", (12,), "bool"), ("score", (11,)), {"nbins": 10}),
        ("one_class", ("constant", (12,), "bool", True), ("score", (12,)), {"nbins": 10}),
    ):
        inputs = {"boolean_labels": labels, "scores": scores}
        cases.append(
            metric_case("contrib", "auc_using_histogram", name, inputs, score_range=[0.0, 1.0], **kwargs)
        )
    return cases


CASES = _basic() + _counting() + _curves() + _at_k() + _matrices() + _others()
