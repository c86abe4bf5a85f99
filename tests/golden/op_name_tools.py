"""Names of operations: how a case is written, and what is asked of the graph that it builds.

A case is a function of `(tf, slim)` that builds something from placeholders and returns a tensor or a list
of tensors and operations. `facts` asks either side for what users can see of it: names and static shapes of
the results, and the names of what the collections hold besides variables. Runs under Python 3.7 with
TensorFlow 1.15.5 and under the project's Python, and imports neither side.
"""

import collections

CASES = collections.OrderedDict()

# What old code fetches by name, by type of operation. A loss is found by its name, `.../value`.
FETCHED = (
    "AvgPool",
    "AvgPool3D",
    "BiasAdd",
    "Conv2D",
    "Conv2DBackpropInput",
    "Conv3D",
    "DepthwiseConv2dNative",
    "Elu",
    "FusedBatchNormV3",
    "MatMul",
    "MaxPool",
    "MaxPool3D",
    "Relu",
    "Relu6",
    "Sigmoid",
    "Softmax",
    "Tanh",
)


def case(case_id, build):
    """Adds a case; `build` is a function of `(tf, slim)`."""
    assert case_id not in CASES, case_id
    CASES[case_id] = build


def image(tf, shape=(2, 6, 6, 3), name="x"):
    return tf.placeholder(tf.float32, shape, name=name)


def result_of(output):
    """`[name, static shape]` of a tensor, `[name]` of an operation."""
    if hasattr(output, "op") and hasattr(output, "get_shape"):
        shape = output.get_shape()
        return [output.name, None if shape.ndims is None else shape.as_list()]
    return [output.name]


def type_of(output):
    """The type of the operation that `output` is, or comes from."""
    return getattr(output, "op", output).type


def parts_of(results):
    """The results of a case one by one; a sparse tensor has three."""
    found = []
    for result in results if isinstance(results, (list, tuple)) else [results]:
        sparse = hasattr(result, "dense_shape")
        found += [result.indices, result.values, result.dense_shape] if sparse else [result]
    return found


def is_variable(member):
    return hasattr(member, "assign")


def facts(graph, results):
    """What both sides are asked for."""
    held = {}
    for key in graph.get_all_collection_keys():
        if not isinstance(key, str) or key.startswith("__") or key in ("cond_context", "while_context"):
            continue
        members = graph.get_collection(key)
        if members:
            kept = [member for member in members if not is_variable(member) and hasattr(member, "name")]
            held[key] = [member.name for member in kept] or None
    held = {key: names for key, names in held.items() if names}
    return {"results": [result_of(result) for result in parts_of(results)], "collections": held}


def fetched(operations):
    """Of `[name, type]` pairs, the names that get_tensor_by_name has to find.

    Not those inside the branches of a `tf.cond`, which TensorFlow itself cannot always run.
    """
    return [
        name
        for name, kind in operations
        if "/cond/" not in "/" + name
        and (kind in FETCHED or name.endswith(("/value", "latten/Reshape", "dropout/mul_1")))
    ]
