"""Calls of `tf.image` that TensorFlow and slim_torch both make; see `tf_call_tools.py`."""

from tf_call_tools import Dtype, Given, case, refused

X = Given(2, 5, 7, 3)
RGB = Given(2, 4, 5, 3, low=0, high=1)
BYTES = Given(2, 5, 7, 3, dtype="uint8", low=0, high=256)


def _resizes():
    cases = []
    for kind in ("bilinear", "nearest_neighbor", "bicubic", "area"):
        f = f"image.resize_{kind}"
        sizes = [
            ("up", (11, 9)),
            ("twice", (10, 14)),
            ("down", (3, 4)),
            ("mixed", (8, 2)),
            ("same", (5, 7)),
            ("one", (1, 1)),
            ("large", (33, 23)),
        ]
        for name, size in sizes:
            cases.append(case(f, name, X, list(size)))
            cases.append(case(f, f"{name}-corners", X, list(size), align_corners=True))
            if kind != "area":
                cases.append(case(f, f"{name}-half-pixel", X, list(size), half_pixel_centers=True))
        cases += [
            case(f, "bytes", BYTES, [7, 4]),
            case(f, "integers", Given(1, 3, 4, 2, dtype="int32", low=-50, high=50), [5, 9]),
            case(f, "double", Given(1, 3, 4, 1, dtype="float64"), [5, 6], name="mine"),
            case(f, "size-tensor", X, Given(dtype="int32", values=[6, 5])),
            case(f, "one-pixel", Given(1, 1, 1, 2), [3, 2]),
            case(f, "one-row", Given(1, 1, 5, 2), [3, 8], True),
            case(f, "tall", Given(1, 40, 2, 1), [13, 5]),
            case(f, "thirds", Given(1, 9, 9, 1), [27, 3]),
            refused("", f, "rank-3", Given(5, 7, 3), [3, 4]),
            refused("", f, "one-size", X, [3]),
            refused("", f, "size-zero", X, [0, 4]),
            refused("", f, "size-float", X, [3.0, 4.0]),
        ]
    half = Given(1, 3, 4, 1, dtype="float16")
    cases += [
        case("image.resize_bilinear", "half", half, [5, 6]),
        case("image.resize_nearest_neighbor", "half", half, [5, 6]),
        refused(
            "",
            "image.resize_bilinear",
            "corners-and-half",
            X,
            [3, 4],
            align_corners=True,
            half_pixel_centers=True,
        ),
        case(
            "image.resize_nearest_neighbor",
            "int64",
            Given(1, 3, 4, 2, dtype="int64", low=-50, high=50),
            [5, 9],
        ),
        case("image.resize_nearest_neighbor", "bytes-corners", BYTES, [9, 4], True),
    ]
    for f in ("image.resize_images", "image.resize"):
        cases += [
            case(f, "plain", X, [8, 9]),
            case(f, "same", X, [5, 7]),
            case(f, "same-bytes", BYTES, [5, 7]),
            case(f, "one-image", Given(5, 7, 3), [3, 9]),
            case(f, "nearest", X, [8, 9], 1),
            case(f, "bicubic", X, (8, 9), method=2, name="r"),
            case(f, "area", BYTES, [8, 9], method=3),
            case(f, "corners", X, [8, 9], align_corners=True),
            case(f, "ratio", X, [10, 10], preserve_aspect_ratio=True),
            case(f, "ratio-down", X, [3, 30], preserve_aspect_ratio=True),
            case(f, "size-tensor", X, Given(dtype="int32", values=[6, 5])),
            refused("", f, "rank-2", Given(5, 7), [3, 4]),
            refused("", f, "three-sizes", X, [3, 4, 5]),
            refused("", f, "method-unknown", X, [3, 4], 9),
        ]
    p = "image.resize_image_with_pad"
    cases += [
        case(p, "wide", X, 8, 8),
        case(p, "high", Given(7, 3, 2), 6, 9),
        case(p, "nearest", X, 10, 21, method=1),
        refused("", p, "zero", X, 0, 4),
    ]
    return cases


def _geometry():
    c, t = "image.crop_to_bounding_box", "image.resize_image_with_crop_or_pad"
    p = "image.pad_to_bounding_box"
    cases = [
        case(c, "plain", X, 1, 2, 3, 4),
        case(c, "one-image", Given(5, 7, 3), 0, 0, 5, 7),
        refused("", c, "beyond", X, 3, 0, 3, 4),
        refused("", c, "negative", X, -1, 0, 3, 4),
        refused("", c, "empty", X, 0, 0, 0, 4),
        refused("", c, "rank-2", Given(5, 7), 0, 0, 2, 2),
        case(p, "plain", X, 1, 2, 8, 10),
        case(p, "one-image", Given(5, 7, 3), 0, 1, 6, 8),
        refused("", p, "too-small", X, 1, 2, 5, 9),
        refused("", p, "negative", X, -1, 0, 8, 9),
        case("image.central_crop", "half", X, 0.5),
        case("image.central_crop", "third", Given(9, 10, 1), 0.33),
        case("image.central_crop", "most", Given(8, 11, 2), 0.875),
        case("image.central_crop", "all", X, 1.0),
        refused("", "image.central_crop", "zero", X, 0.0),
        refused("", "image.central_crop", "above", X, 1.1),
        case(t, "crop", X, 3, 4),
        case(t, "pad", X, 8, 10),
        case(t, "both", X, 3, 10),
        case(t, "odd", Given(4, 6, 1), 7, 3),
        case(t, "same", X, 5, 7),
        refused("", t, "zero", X, 0, 7),
        refused("", t, "rank-2", Given(5, 7), 3, 3),
        case("image.resize_with_crop_or_pad", "both", X, 6, 5),
    ]
    for f in ("flip_left_right", "flip_up_down", "transpose_image", "rot90"):
        cases += [
            case(f"image.{f}", "batch", X),
            case(f"image.{f}", "one-image", Given(5, 7, 3)),
            refused("", f"image.{f}", "rank-2", Given(5, 7)),
        ]
    cases += [
        case("image.transpose", "named", X, name="t"),
        case("image.rot90", "twice", X, k=2),
        case("image.rot90", "three-times", X, 3, name="r"),
        case("image.rot90", "four-times", X, 4),
        case("image.rot90", "back", Given(5, 7, 3), -1),
    ]
    boxes = Given(
        values=[[0.0, 0.0, 1.0, 1.0], [0.1, 0.2, 0.7, 0.9], [0.8, 0.1, 0.2, 0.9], [-0.2, 0.4, 0.6, 1.3]]
    )
    ids = Given(dtype="int32", values=[0, 1, 0, 1])
    r = "image.crop_and_resize"
    return cases + [
        case(r, "plain", X, boxes, ids, [3, 4]),
        case(r, "larger", X, boxes, ids, [9, 11], name="c"),
        case(r, "keywords", image=X, boxes=boxes, box_indices=ids, crop_size=[3, 4], extrapolation_value=2.5),
        # Not by boxes: TensorFlow's gradient is that of bilinear crops, ours is none.
        case(r, "nearest", X, boxes.values, ids, [3, 4], "nearest"),
        case(r, "one-pixel", X, boxes, ids, [1, 1]),
        case(r, "bytes", BYTES, boxes, ids, [3, 4]),
        case(r, "size-tensor", X, boxes, ids, Given(dtype="int32", values=[2, 2])),
        refused("", r, "box-index", X, boxes, [0, 1, 2, 0], [3, 4]),
        refused("", r, "boxes-rank", X, [0.0, 0.0, 1.0, 1.0], [0], [3, 4]),
        refused("", r, "boxes-columns", X, [[0.0, 0.0, 1.0]], [0], [3, 4]),
        refused("", r, "counts-differ", X, boxes, [0, 1], [3, 4]),
        refused("", r, "method-unknown", X, boxes, ids, [3, 4], "area"),
    ]


def _colours():
    cases = [
        case("image.adjust_brightness", "plain", RGB, 0.2),
        case("image.adjust_brightness", "bytes", BYTES, 0.2),
        case("image.adjust_brightness", "negative", BYTES, -0.3),
        case("image.adjust_contrast", "plain", RGB, 0.6),
        case("image.adjust_contrast", "bytes", BYTES, 1.7),
        case("image.adjust_contrast", "one-image", Given(4, 5, 1), 2.0),
        case("image.adjust_contrast", "double", Given(4, 5, 1, dtype="float64"), 2.0),
        case("image.adjust_saturation", "plain", RGB, 0.5),
        case("image.adjust_saturation", "more", RGB, 1.8),
        case("image.adjust_saturation", "bytes", BYTES, 1.5, name="s"),
        case("image.adjust_hue", "plain", RGB, 0.1),
        case("image.adjust_hue", "negative", RGB, -0.7),
        case("image.adjust_hue", "bytes", BYTES, 0.3, name="h"),
        case("image.adjust_gamma", "plain", RGB, 2.0),
        case("image.adjust_gamma", "gain", RGB, 0.5, gain=1.5),
        case("image.adjust_gamma", "bytes", BYTES, 2.0),
        refused("", "image.adjust_gamma", "negative", RGB, -1.0),
        case("image.per_image_standardization", "batch", X),
        case("image.per_image_standardization", "one-image", Given(5, 7, 3)),
        case("image.per_image_standardization", "constant", Given(values=[[[0.5], [0.5]], [[0.5], [0.5]]])),
        case("image.per_image_standardization", "bytes", BYTES),
        refused("", "image.per_image_standardization", "rank-2", Given(5, 7)),
        case("image.rgb_to_grayscale", "plain", RGB),
        case("image.rgb_to_grayscale", "bytes", BYTES, name="g"),
        case("image.grayscale_to_rgb", "plain", Given(2, 4, 5, 1)),
        case("image.grayscale_to_rgb", "bytes", Given(4, 5, 1, dtype="uint8", low=0, high=256), name="g"),
        case("image.rgb_to_hsv", "plain", RGB),
        # In double precision TensorFlow has no gradient, which would not mean much here.
        case(
            "image.rgb_to_hsv",
            "gray",
            Given(dtype="float64", values=[[[0.0, 0.0, 0.0], [0.5, 0.5, 0.5], [1.0, 1.0, 1.0]]]),
        ),
        case(
            "image.rgb_to_hsv",
            "ties",
            Given(
                dtype="float64", values=[[[1.0, 1.0, 0.2], [0.2, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 0.3, 0.3]]]
            ),
        ),
        case("image.rgb_to_hsv", "double", Given(3, 3, dtype="float64", low=0, high=1), name="h"),
        refused("", "image.rgb_to_hsv", "channels", Given(4, 5, 2)),
        case("image.hsv_to_rgb", "plain", RGB),
        case(
            "image.hsv_to_rgb",
            "ends",
            Given(values=[[0.0, 1.0, 1.0], [1.0, 1.0, 1.0], [0.5, 0.0, 0.3], [1 / 6, 1.0, 0.7]]),
        ),
        case("image.rgb_to_yuv", "plain", RGB),
        case("image.yuv_to_rgb", "plain", RGB),
        case("image.rgb_to_yiq", "plain", RGB),
        case("image.yiq_to_rgb", "plain", RGB),
    ]
    v = "image.convert_image_dtype"
    floats = Given(values=[0.0, 0.1, 0.25, 0.5, 0.7531, 0.999, 1.0])
    beyond = Given(values=[-0.5, -0.001, 1.001, 2.0])
    integers = {
        "uint8": (0, 256),
        "int16": (-32768, 32768),
        "int32": (-(2**31), 2**31),
        "int64": (-(2**62), 2**62),
    }
    for source, (low, high) in integers.items():
        given = Given(6, dtype=source, low=low, high=high)
        for target in ("uint8", "int16", "int32", "float32", "float64"):
            cases.append(case(v, f"{source}-{target}", given, Dtype(target)))
    for target in ("uint8", "int8", "int16", "int32", "float16", "float64"):
        cases.append(case(v, f"float32-{target}", floats, Dtype(target)))
    return cases + [
        case(v, "same", RGB, Dtype("float32")),
        case(v, "saturate", beyond, Dtype("uint8"), saturate=True),
        case(v, "saturate-int16", beyond, Dtype("int16"), True),
        case(v, "saturate-down", Given(6, dtype="int32", low=-3000, high=3000), Dtype("uint8"), True),
        case(v, "named", Given(6, dtype="uint8", low=0, high=256), Dtype("float32"), name="c"),
        case(v, "double-uint8", Given(5, dtype="float64", low=0, high=1), Dtype("uint8")),
        case("image.total_variation", "batch", X),
        case("image.total_variation", "one-image", Given(5, 7, 3), name="t"),
        refused("", "image.total_variation", "rank-2", Given(5, 7)),
        case("image.psnr", "plain", RGB, Given(2, 4, 5, 3, low=0, high=1), 1.0),
        case("image.psnr", "bytes", BYTES, Given(2, 5, 7, 3, dtype="uint8", low=0, high=256), 255, name="p"),
        case(
            "image.ssim",
            "plain",
            Given(2, 13, 12, 3, low=-0.05, high=0.05),
            Given(2, 13, 12, 3, low=-0.05, high=0.05),
            1.0,
        ),
        case(
            "image.ssim",
            "small-filter",
            Given(1, 8, 9, 1, low=-0.05, high=0.05),
            Given(1, 8, 9, 1, low=-0.05, high=0.05),
            1.0,
            5,
            1.0,
        ),
        case("image.image_gradients", "plain", X),
        refused("", "image.image_gradients", "rank-3", Given(5, 7, 3)),
        case("image.sobel_edges", "plain", X),
    ]


def _boxes():
    n = "image.non_max_suppression"
    corners = [
        [0.0, 0.0, 1.0, 1.0],
        [0.0, 0.1, 1.0, 1.1],
        [0.0, -0.1, 1.0, 0.9],
        [0.0, 10.0, 1.0, 11.0],
        [1.0, 11.1, 0.0, 10.1],
        [0.0, 100.0, 1.0, 101.0],
    ]
    boxes, scores = Given(values=corners), Given(values=[0.9, 0.75, 0.6, 0.95, 0.5, 0.3])
    many, marks = Given(40, 4, low=0, high=1), Given(40, low=0, high=1)
    d = "image.draw_bounding_boxes"
    drawn = Given(
        values=[[[0.1, 0.2, 0.6, 0.8], [0.5, 0.0, 1.0, 0.4]], [[-0.3, 0.3, 0.7, 1.4], [0.2, 0.2, 0.2, 0.9]]]
    )
    black = Given(2, 9, 12, 3, low=0, high=1)
    return [
        case(n, "three-clusters", boxes, scores, 3),
        case(n, "few", boxes, scores, 2, name="n"),
        case(n, "more-than-there-are", boxes, scores, 30),
        case(n, "none", boxes, scores, 0),
        case(n, "threshold", boxes, scores, 6, 0.95),
        case(n, "zero-threshold", boxes, scores, 6, iou_threshold=0.0),
        case(n, "scores", boxes, scores, 6, score_threshold=0.55),
        case(n, "ties", boxes, Given(values=[0.5] * 6), 6),
        case(
            n,
            "many-ties",
            many,
            Given(40, dtype="float32", values=[0.25 * (i % 3) for i in range(40)]),
            40,
            0.4,
        ),
        case(
            n,
            "exact-threshold",
            Given(values=[[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.5]]),
            [0.9, 0.8],
            2,
            0.5,
        ),
        case(n, "many", many, marks, 40, 0.3),
        case(n, "many-strict", many, marks, 12, 0.1, 0.4),
        case(n, "empty", Given(0, 4), Given(0), 3),
        case(n, "size-tensor", boxes, scores, Given(dtype="int32", values=3)),
        refused("", n, "threshold-above", boxes, scores, 3, 1.5),
        refused("", n, "rank-1", [0.0, 0.0, 1.0, 1.0], [0.5], 3),
        refused("", n, "columns", [[0.0, 0.0, 1.0]], [0.5], 3),
        refused("", n, "counts-differ", boxes, [0.5, 0.2], 3),
        case(f"{n}_with_scores", "hard", boxes, scores, 6, 0.5),
        case(f"{n}_with_scores", "soft", boxes, scores, 6, iou_threshold=1.0, soft_nms_sigma=0.5),
        case(f"{n}_with_scores", "soft-threshold", boxes, scores, 6, 0.6, 0.2, 0.5, name="n"),
        case(f"{n}_with_scores", "soft-many", many, marks, 30, 0.5, 0.1, 0.3),
        case(f"{n}_padded", "padded", boxes, scores, 6, 0.5, pad_to_max_output_size=True),
        case(f"{n}_padded", "plain", boxes, scores, 6, 0.5),
        case(d, "plain", black, drawn),
        case(d, "named", black, drawn, name="d"),
        case(d, "colours", black, drawn, colors=Given(2, 3, low=0, high=1)),
        case(d, "gray", Given(1, 6, 6, 1), Given(values=[[[0.1, 0.1, 0.9, 0.9]]])),
        case(d, "many", Given(1, 20, 20, 3), Given(1, 12, 4, low=0, high=1)),
    ]


CASES = _resizes() + _geometry() + _colours() + _boxes()
