"""Makes `checkpoints/` and `checkpoints.json` with TensorFlow 1.15.5, and the object graph with TensorFlow 2.

Run from this folder with the oracle's Python: `python make_checkpoints.py`; then with TensorFlow 2.12:
`python make_checkpoints.py object_graph`. For each checkpoint the json has, by name, the dtype, shape and
digest (`checkpoint_values.digest`) that TensorFlow's own reader gave; `rewritten` has what it said to the
files that `checkpoint_tools.py` makes of them.
"""

import json
import os
import shutil
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import checkpoint_tools as tools
import checkpoint_values as cases
import numpy as np
import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "checkpoints")
ANSWERS = os.path.join(HERE, "checkpoints.json")


def session():
    return tf.compat.v1.Session(config=tf.compat.v1.ConfigProto(device_count={"CPU": 3}))


def fed(name, shape, dtype, feeds):
    """A tensor with the value; fed, since a constant does not keep the bits of every NaN."""
    value = cases.checkpoint_value(name, shape, dtype)
    if dtype == "bfloat16":
        bits = tf.compat.v1.placeholder(tf.uint16, shape)
        feeds[bits] = (value.view(np.uint32) >> 16).astype(np.uint16)
        return tf.bitcast(bits, tf.bfloat16)
    result = tf.compat.v1.placeholder(tf.as_dtype(dtype), shape)
    feeds[result] = value
    return result


def save_by_op(path, tensors, version):
    with tf.Graph().as_default(), session() as sess:
        names = [name.encode() for name, _, _ in tensors]
        feeds = {}
        values = [fed(*tensor, feeds=feeds) for tensor in tensors]
        if version == 2:
            op = tf.raw_ops.SaveV2(
                prefix=path, tensor_names=names, shape_and_slices=[""] * len(names), tensors=values
            )
        else:
            op = tf.raw_ops.Save(filename=path, tensor_names=names, data=values)
        sess.run(op, feeds)


def save_by_saver(path, build, version, sharded=False):
    """`build` makes the variables and gives their values in a dictionary for `feed_dict`."""
    with tf.Graph().as_default(), session() as sess:
        assignments = build()
        saver = tf.train.Saver(write_version=version, sharded=sharded)
        for variable, value in assignments:
            variable.load(value, sess)
        # The state file is written beside; only that of the last one stays.
        saver.save(sess, path, write_meta_graph=False)


def model_variables():
    result = []
    for name, shape, dtype in cases.model():
        variable = tf.get_variable(name, shape, tf.as_dtype(dtype), tf.zeros_initializer())
        result.append((variable, cases.checkpoint_value(name, shape, dtype)))
    return result


def spread_variables():
    """The model's variables, over three devices, so that a sharded Saver writes three files."""
    result = []
    for number, (name, shape, dtype) in enumerate(cases.model()):
        with tf.device(f"/cpu:{number % 3}"):
            variable = tf.get_variable(name, shape, tf.as_dtype(dtype), tf.zeros_initializer())
        result.append((variable, cases.checkpoint_value(name, shape, dtype)))
    return result


def partitioned_variables():
    result = []
    for name, shape, axis, parts in cases.PARTITIONED:
        value = cases.checkpoint_value(name, shape)
        whole = tf.get_variable(
            name,
            shape,
            partitioner=tf.fixed_size_partitioner(parts, axis),
            initializer=tf.zeros_initializer(),
        )
        for part in whole:
            info = part._get_save_slice_info()
            index = tuple(slice(at, at + size) for at, size in zip(info.var_offset, info.var_shape))
            result.append((part, value[index]))
    return result


def spread_partitions():
    counter = [0]

    def device(op):
        if "Variable" in op.type:
            counter[0] += 1
        return f"/cpu:{counter[0] % 3}"

    with tf.device(device):
        return partitioned_variables()


def restored(path, name, dtype):
    """What the restore operation gives, for what the reader of V1 files refuses."""
    with tf.Graph().as_default(), session() as sess:
        value = tf.raw_ops.RestoreV2(
            prefix=path, tensor_names=[name.encode()], shape_and_slices=[""], dtypes=[dtype]
        )[0]
        return sess.run(tf.bitcast(value, tf.uint16) if dtype == tf.bfloat16 else value)


def as_array(value):
    """NumPy would cut the zero bytes at the end of a string."""
    if not isinstance(value, bytes):
        return np.asarray(value)
    result = np.empty([], object)
    result[()] = value
    return result


def answer(path, by_operation=False):
    reader = tf.compat.v1.train.NewCheckpointReader(path)
    result = {}
    types = reader.get_variable_to_dtype_map()
    for name, shape in reader.get_variable_to_shape_map().items():
        dtype = types[name]
        if by_operation or dtype == tf.bfloat16:
            value = as_array(restored(path, name, dtype))
        else:
            value = as_array(reader.get_tensor(name))
        if dtype == tf.bfloat16:
            value = (value.reshape(-1).astype(np.uint32) << 16).view(np.float32).reshape(value.shape)
        assert list(value.shape) == shape
        result[name] = [dtype.name, shape, cases.digest(value)]
    return result


def answer_or_error(path, by_operation=False):
    try:
        return cases.digest(json.dumps(answer(path, by_operation), sort_keys=True).encode())
    except Exception as err:
        first_line = str(err).split("\n")[0]
        return f"{type(err).__name__}: {first_line.replace(path, 'PATH')[:200]}"


def rewritten():
    """What TensorFlow says to byte-swapped and compressed files: a digest of all answers, or an error."""
    result = {}
    folder = tempfile.mkdtemp()
    for name in ("dtypes_v2", "model_v2"):
        index = read(os.path.join(FOLDER, name + ".index"))
        data = read(os.path.join(FOLDER, name + ".data-00000-of-00001"))
        variants = {
            name + " big-endian": tools.big_endian(index, data),
            name + " snappy": (tools.table(tools.read_table(index), 1 << 10, compressed=True), data),
            name + " small blocks": (tools.table(tools.read_table(index), 1 << 8), data),
        }
        for label, (new_index, new_data) in sorted(variants.items()):
            path = os.path.join(folder, label.replace(" ", "_"))
            write(path + ".index", new_index)
            write(path + ".data-00000-of-00001", new_data)
            result[label] = answer_or_error(path)
        result[name] = answer_or_error(os.path.join(FOLDER, name))
    numbers = [t for t in cases.of_every_dtype(cases.DTYPES) if t[2] != "string"]
    path = os.path.join(folder, "numbers")
    save_by_op(path, numbers, 2)
    result["numbers"] = answer_or_error(path)
    index, data = tools.big_endian(read(path + ".index"), read(path + ".data-00000-of-00001"))
    path = os.path.join(folder, "big")
    write(path + ".index", index)
    write(path + ".data-00000-of-00001", data)
    result["numbers big-endian"] = answer_or_error(path)
    entries = tools.read_table(read(os.path.join(FOLDER, "model_v1")))
    for label, options in (("snappy", (1 << 10, True)), ("small blocks", (1 << 8,))):
        path = os.path.join(folder, "model_v1_" + label)
        write(path, tools.table(entries, *options))
        result["model_v1 " + label] = answer_or_error(path)
    result["model_v1"] = answer_or_error(os.path.join(FOLDER, "model_v1"))
    shutil.rmtree(folder)
    return result


def slice_keys():
    """The keys that TensorFlow gives to slices that start where the code of a number gets longer."""
    result = {}
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "slices")
    starts = sorted({(1 << bits) + offset for bits in range(63) for offset in (-1, 0)} | {12345678901234567})
    for name, numbers in ((b"n", starts), (b"a\x00b", [5])):
        for start in numbers:
            with tf.Graph().as_default(), session() as sess:
                # A tensor without elements, so that its other axis can have any size.
                slices = f"{2**63 - 1} 0 {start},1:-"
                values = [tf.zeros([1, 0])]
                op = tf.raw_ops.SaveV2(
                    prefix=path, tensor_names=[name], shape_and_slices=[slices], tensors=values
                )
                sess.run(op)
            (key,) = [key for key, _ in tools.read_table(read(path + ".index")) if key.startswith(b"\0")]
            result[f"{name.hex()} {start}"] = key.hex()
    shutil.rmtree(folder)
    return result


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    os.chdir(FOLDER)
    v1, v2 = tf.train.SaverDef.V1, tf.train.SaverDef.V2
    for version in (1, 2):
        dtypes = cases.V1_DTYPES if version == 1 else cases.DTYPES
        save_by_op(f"dtypes_v{version}", cases.of_every_dtype(dtypes), version)
        save_by_op(f"names_v{version}", cases.names(), version)
    save_by_op("tiled_v1", cases.tiled(), 1)
    save_by_op("many_v2", cases.many(), 2)
    for name, build, version, sharded in [
        ("model_v1", model_variables, v1, False),
        ("sharded_v1", spread_variables, v1, True),
        ("sharded_v2", spread_variables, v2, True),
        ("partitioned_v1", partitioned_variables, v1, False),
        ("partitioned_v2", partitioned_variables, v2, False),
        ("spread_v1", spread_partitions, v1, True),
        ("spread_v2", spread_partitions, v2, True),
        ("model_v2", model_variables, v2, False),
    ]:
        save_by_saver(os.path.join(".", name), build, version, sharded)
    answers = {}
    for name in sorted(os.listdir(".")):
        if name.endswith(".index"):
            answers[name[: -len(".index")]] = answer(name[: -len(".index")])
        elif name.endswith("_v1"):
            answers[name] = answer(name, by_operation=True)
        elif name.endswith("_v1-00000-of-00003"):
            pattern = name.replace("-00000-", "-?????-")
            answers[pattern] = answer(pattern, by_operation=True)
    answers["rewritten"] = rewritten()
    answers["slice keys"] = slice_keys()
    save_answers(answers)


def object_graph():
    """A checkpoint of tf.train.Checkpoint, whose keys are paths through objects."""
    os.chdir(FOLDER)

    class Layer(tf.Module):
        def __init__(self):
            super().__init__()
            self.kernel = tf.Variable(cases.checkpoint_value("layer/kernel", [3, 4]))
            self.bias = tf.Variable(cases.checkpoint_value("layer/bias", [4]))

    layer = Layer()
    optimizer = tf.keras.optimizers.legacy.SGD(0.1, momentum=0.9)
    optimizer.apply_gradients([(tf.ones([3, 4]), layer.kernel)])
    layer.kernel.assign(cases.checkpoint_value("layer/kernel", [3, 4]))
    checkpoint = tf.train.Checkpoint(layer=layer, optimizer=optimizer, step=tf.Variable(7, dtype=tf.int64))
    checkpoint.write("object_graph")
    with open(ANSWERS) as file:
        answers = json.load(file)
    answers["object_graph"] = answer("object_graph")
    save_answers(answers)


def save_answers(answers):
    with open(ANSWERS, "w") as file:
        json.dump(answers, file, indent=0, sort_keys=True, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
    object_graph() if sys.argv[1:] == ["object_graph"] else main()
