"""Golden programs for input pipelines, beyond those of `session_programs_datasets.py` and `..._queues.py`.

Each runs under TensorFlow 1.15.5 (`make_datasets.py`) and under slim_torch (`test_dataset.py`,
`test_input_queues.py`), like the programs of `session_registry.py`, and states nothing drawn at random.
"""

import collections
import contextlib
import os
import tempfile

import numpy as np
from program_registry import dtype_name
from session_registry import Program, error, static

PROGRAMS = collections.OrderedDict()
Point = collections.namedtuple("Point", "x y")


def program(function):
    """Register the decorated function by its name."""
    assert function.__name__ not in PROGRAMS, "two programs named " + function.__name__
    PROGRAMS[function.__name__] = Program(function, None, False)
    return function


def drain(session, fetch, limit=60):
    """Everything that running `fetch` gives until OutOfRangeError, whose name comes last; errors by type."""
    values = []
    while len(values) < limit:
        try:
            values.append(session.run(fetch))
        except Exception as err:
            values.append(type(err).__name__)
            if type(err).__name__ == "OutOfRangeError":
                break
    return values


def elements(tf, dataset):
    """All elements of a dataset."""
    iterator = dataset.make_initializable_iterator()
    fetch = iterator.get_next()
    with tf.Session() as session:
        session.run(iterator.initializer)
        return drain(session, fetch)


def known(dataset):
    """Types and shapes of a dataset of plain tuples."""
    types, shapes = dataset.output_types, dataset.output_shapes
    if isinstance(types, tuple):
        return [
            [dtype_name(t) for t in types],
            [s.as_list() if s.ndims is not None else None for s in shapes],
        ]
    return [dtype_name(types), shapes.as_list() if shapes.ndims is not None else None]


@contextlib.contextmanager
def started(tf):
    """A session with variables initialized and queues being filled."""
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        if not hasattr(tf.train, "start_queue_runners"):
            yield session
            return
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coordinator)
        try:
            yield session
        finally:
            coordinator.request_stop()
            coordinator.join(threads, stop_grace_period_secs=20)


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory() as path:
        yield path


# Datasets


@program
def data_interleaving(tf, slim):
    def copies(n):
        return tf.data.Dataset.from_tensors(n).repeat(n)

    source = tf.data.Dataset.range(1, 6)
    settings = [(1, 2), (2, 1), (2, 2), (3, 1), (3, 2), (3, 3)]
    return [elements(tf, source.interleave(copies, cycle_length=c, block_length=b)) for c, b in settings]


@program
def data_windows(tf, slim):
    def batched(window):
        return window.batch(3)

    source = tf.data.Dataset.range(7)
    return [
        elements(tf, source.window(3, shift=2).flat_map(batched)),
        elements(tf, source.window(3, drop_remainder=True).flat_map(batched)),
        elements(tf, source.window(2, shift=3, stride=2).flat_map(batched)),
        elements(tf, source.window(2, shift=4).flat_map(batched)),
    ]


@program
def data_unbatching(tf, slim):
    pairs = tf.data.Dataset.from_tensor_slices(
        (np.array([[1, 2], [3, 4]]), np.array([[0.5, 1.5], [2.5, 3.5]]))
    )
    flat = pairs.apply(tf.data.experimental.unbatch())
    return [known(flat), elements(tf, flat)]


@program
def data_padding(tf, slim):
    pairs = tf.data.Dataset.from_tensors(([1, 2], 3.0)).repeat(3).padded_batch(2, ([4], []), (9, -1.0))
    words = tf.data.Dataset.from_tensors(["a", "b"]).padded_batch(1, [3])
    whole = tf.data.Dataset.range(5).map(lambda n: tf.fill([n], n)).padded_batch(2, [-1], drop_remainder=True)
    parts = tf.data.Dataset.from_tensors({"a": [1], "b": [[2]]}).padded_batch(
        2, {"a": [None], "b": [2, None]}
    )
    return [known(d) for d in (pairs, words, whole)] + [elements(tf, d) for d in (pairs, words, whole, parts)]


@program
def data_padding_refused(tf, slim):
    numbers = tf.data.Dataset.range(3)
    longer = tf.data.Dataset.range(3, 6).map(lambda n: tf.fill([n], n)).padded_batch(1, [3])
    return [
        error(lambda: numbers.padded_batch(2, [None]), "is not compatible with"),
        error(lambda: tf.data.Dataset.from_tensors([1, 2, 3]).padded_batch(2, [2]), "is not compatible with"),
        elements(tf, longer)[:2],
    ]


@program
def data_static_shapes(tf, slim):
    unknown = tf.data.Dataset.from_tensor_slices(tf.placeholder(tf.int32))
    half = tf.data.Dataset.from_tensor_slices(tf.placeholder(tf.float32, [None, 3]))
    joined = tf.data.Dataset.from_tensors([1, 2]).concatenate(tf.data.Dataset.from_tensors([1, 2, 3]))
    twice = tf.data.Dataset.range(3).batch(2).batch(3, drop_remainder=True)
    passing = tf.data.Dataset.range(3).cache().prefetch(2).shuffle(2).take(1).skip(1).shard(2, 0)
    return [known(d) for d in (unknown, half, half.batch(2, True), joined, twice, passing)]


@program
def data_strings(tf, slim):
    words = tf.data.Dataset.from_tensor_slices(["a", "bc", b"d\x00"])
    pairs = tf.data.Dataset.zip((words, tf.data.Dataset.range(3)))
    return [
        known(words),
        elements(tf, words),
        elements(tf, words.repeat(2).batch(4)),
        elements(tf, pairs.batch(2)),
    ]


@program
def data_structures_of_functions(tf, slim):
    source = tf.data.Dataset.range(2)
    return [
        elements(tf, source.map(lambda x: [x, x + 1])),
        elements(tf, source.map(lambda x: {"a": [x, x + 1]})),
        elements(tf, source.map(lambda x: (x, (3, "a")))),
        elements(tf, source.map(lambda x: (x, x * 2)).map(lambda a, b: a + b)),
        elements(tf, source.map(lambda x: {"b": x, "a": x + 5}).batch(2)),
    ]


@program
def data_named_tuples(tf, slim):
    points = tf.data.Dataset.from_tensor_slices(Point([1, 2], [3, 4]))
    sums = points.map(lambda p: p.x + p.y)
    given = elements(tf, points)
    return [type(given[0]).__name__, given, elements(tf, sums), error(lambda: points.map(lambda x, y: x))[0]]


@program
def data_conditions_inside_a_function(tf, slim):
    source = tf.data.Dataset.range(4)
    return elements(tf, source.map(lambda x: tf.cond(tf.equal(x % 2, 0), lambda: x * 2, lambda: -x)))


@program
def data_functions_take_outer_tensors(tf, slim):
    factor = tf.placeholder(tf.int64, [])
    dataset = tf.data.Dataset.range(3).map(lambda x: x * factor)
    nested = tf.data.Dataset.range(2).flat_map(
        lambda x: tf.data.Dataset.range(2).map(lambda y: 10 * x + y * factor)
    )
    facts = []
    for each in (dataset, nested):
        iterator = each.make_initializable_iterator()
        x = iterator.get_next()
        with tf.Session() as session:
            session.run(iterator.initializer, {factor: 3})
            facts.append(drain(session, x))
    return facts


@program
def data_functions_leave_no_names(tf, slim):
    dataset = tf.data.Dataset.range(3).map(lambda x: tf.add(x, x, name="twice"))
    x = dataset.make_one_shot_iterator().get_next()
    y = tf.add(x, x, name="twice")
    return [y.name, x.name, dataset.make_one_shot_iterator().get_next("mine").name]


@program
def data_repeating_nothing(tf, slim):
    return [
        elements(tf, tf.data.Dataset.range(3).repeat(0)),
        elements(tf, tf.data.Dataset.range(0).repeat()),
        elements(tf, tf.data.Dataset.range(5).skip(-1)),
        elements(tf, tf.data.Dataset.range(5, 0, -2)),
        elements(tf, tf.data.Dataset.range(5).shard(2, 1)),
    ]


@program
def data_elements_that_fail(tf, slim):
    def odd(value):
        if value % 2 == 0:
            raise ValueError("even")
        return value

    dataset = tf.data.Dataset.range(5).map(lambda x: tf.py_func(odd, [x], tf.int64))
    ignoring = dataset.apply(tf.data.experimental.ignore_errors())
    return [elements(tf, d) for d in (dataset, ignoring, ignoring.repeat(2), dataset.batch(2))]


@program
def data_batches_of_different_shapes(tf, slim):
    dataset = tf.data.Dataset.from_generator(lambda: iter([[1], [1, 2]]), tf.int32).batch(2)
    x = dataset.make_one_shot_iterator().get_next()
    words = ("in component 0", "First element had shape [1] and element 1 had shape [2]")
    with tf.Session() as session:
        return error(lambda: session.run(x), *words)


@program
def data_generators(tf, slim):
    def fails():
        yield 1
        raise ValueError("oops")

    def first(dataset, *words):
        x = dataset.make_one_shot_iterator().get_next()
        with tf.Session() as session:
            return error(lambda: session.run(x), *words)

    make = tf.data.Dataset.from_generator
    pairs = make(lambda: iter([{"a": 1, "b": "x"}]), {"a": tf.int32, "b": tf.string})
    return [
        elements(tf, make(lambda n: range(n), tf.int32, args=(3,))),
        elements(tf, make(lambda: iter([1.5]), tf.int32)),
        elements(tf, make(fails, tf.int32)),
        elements(tf, pairs),
        first(
            make(lambda: iter([[1.5]]), tf.float32, []),
            "an element of shape (1,) where an element of shape ()",
        ),
        first(make(lambda: iter([(1, 2)]), tf.float32, []), "an element of shape (2,)"),
        first(make(lambda: iter(["a"]), tf.int32), "The expected type was int32"),
        error(lambda: make(3, tf.int32), "must be callable"),
    ]


@program
def data_mistakes(tf, slim):
    make = tf.data.Dataset
    numbers = make.range(3)
    return [
        error(lambda: make.zip([numbers, numbers]), "do not support Python lists"),
        error(lambda: make.zip(3), "must be a nested structure of `Dataset` objects"),
        error(lambda: make.range(), "Invalid arguments to RangeDataset: ()"),
        error(lambda: numbers.map(3), "Argument must be callable"),
        error(lambda: numbers.filter(lambda x: x), "convertible to a scalar boolean tensor"),
        error(lambda: numbers.flat_map(lambda x: x), "must return a `Dataset` object"),
        error(lambda: numbers.concatenate(make.from_tensors(1.0)), "have different types"),
        error(lambda: make.from_tensor_slices(3), "insufficient rank for batching"),
        error(lambda: make.from_tensor_slices(([1, 2], [1, 2, 3])), "Dimensions 2 and 3 are not compatible"),
        error(lambda: numbers.map(lambda: 1))[0],
        error(lambda: numbers.map(lambda x: None), "Unsupported return value from function"),
        error(lambda: make.from_tensors((1, 2)).map(lambda x: x))[0],
    ]


@program
def data_one_shot_captures(tf, slim):
    v = tf.get_variable("v", [])
    p = tf.placeholder(tf.int64, [])
    numbers = tf.data.Dataset.range(3)
    return [
        error(
            lambda: numbers.map(lambda x: v).make_one_shot_iterator(), "Failed to create a one-shot iterator"
        ),
        error(lambda: numbers.map(lambda x: p).make_one_shot_iterator(), "Cannot capture a placeholder"),
        error(lambda: numbers.make_one_shot_iterator().initializer, "does not have an initializer"),
    ]


@program
def data_iterators_of_a_structure(tf, slim):
    iterator = tf.data.Iterator.from_structure(tf.int64, [])
    x = iterator.get_next()
    with tf.Session() as session:
        early = error(
            lambda: session.run(x), "GetNext() failed because the iterator has not been initialized"
        )
    name = iterator.make_initializer(tf.data.Dataset.range(3)).name
    return [
        early,
        name,
        error(lambda: iterator.initializer, "does not have an initializer"),
        error(
            lambda: iterator.make_initializer(tf.data.Dataset.from_tensors(1.0)),
            "but got dataset with output types",
        ),
    ]


@program
def data_iterators_by_handle(tf, slim):
    a, b = (tf.data.Dataset.range(n, n + 3).make_one_shot_iterator() for n in (0, 10))
    handle = tf.placeholder(tf.string, [])
    x = tf.data.Iterator.from_string_handle(handle, a.output_types, a.output_shapes).get_next()
    with tf.Session() as session:
        first, second = session.run([a.string_handle(), b.string_handle()])
        order = [first, second, first, second, second]
        return [static(x), type(first).__name__, [session.run(x, {handle: h}) for h in order]]


@program
def data_single_elements(tf, slim):
    single = tf.data.experimental.get_single_element
    with tf.Session() as session:
        whole = single(tf.data.Dataset.range(3).batch(3))
        several, none = single(tf.data.Dataset.range(3)), single(tf.data.Dataset.range(0))
        return [
            static(whole),
            session.run(whole),
            error(lambda: session.run(several), "Dataset had more than one element."),
            error(lambda: session.run(none), "Dataset was empty."),
        ]


@program
def data_experimental(tf, slim):
    source = tf.data.Dataset.range(6)
    e = tf.data.experimental
    return [
        e.AUTOTUNE,
        elements(tf, source.apply(e.map_and_batch(lambda x: x * 2, 4))),
        elements(tf, source.apply(e.map_and_batch(lambda x: x * 2, 4, drop_remainder=True))),
        sorted(elements(tf, source.apply(e.shuffle_and_repeat(3, 2)))[:-1]),
        elements(tf, source.prefetch(e.AUTOTUNE).cache().repeat(2).batch(5)),
    ]


@program
def data_reducing(tf, slim):
    total = tf.data.Dataset.range(5).reduce(np.int64(10), lambda state, x: state + x)
    pair = tf.data.Dataset.range(4).reduce((np.int64(0), np.int64(1)), lambda s, x: (s[0] + x, s[1] * 2))
    with tf.Session() as session:
        return session.run([total, pair])


@program
def data_runs_again_from_the_start(tf, slim):
    iterator = tf.data.Dataset.range(20).shuffle(20, seed=1).repeat(2).make_initializable_iterator()
    fixed = tf.data.Dataset.range(20).shuffle(20, seed=1, reshuffle_each_iteration=False).repeat(2)
    x = iterator.get_next()
    with tf.Session() as session:
        runs = []
        for _ in range(2):
            session.run(iterator.initializer)
            runs.append(drain(session, x))
    kept = elements(tf, fixed)
    return [runs[0] == runs[1], runs[0][:20] == runs[0][20:40], kept[:20] == kept[20:40]]


@program
def data_sparse(tf, slim):
    sparse = tf.SparseTensor([[0, 1]], [5], [2, 3])
    x = tf.data.Dataset.from_tensors(sparse).make_one_shot_iterator().get_next()

    def diagonal(n):
        return tf.SparseTensor(tf.reshape(n, [1, 1]), tf.reshape(n, [1]), [4])

    batch = tf.data.Dataset.range(3).map(diagonal).batch(2)
    y = batch.make_one_shot_iterator().get_next()
    with tf.Session() as session:
        return [
            type(x).__name__,
            session.run(x),
            batch.output_shapes.as_list(),
            session.run(y),
            session.run(y),
        ]


# Files


def write_records(tf, path, count, **options):
    with tf.python_io.TFRecordWriter(path, **options) as writer:
        for i in range(count):
            writer.write(b"record %d" % i + b"\x00" * i)


@program
def files_of_records(tf, slim):
    with folder() as path:
        names = [os.path.join(path, name) for name in ("plain", "gzip", "zlib")]
        for name, kind in zip(names, ("", "GZIP", "ZLIB")):
            number = getattr(tf.python_io.TFRecordCompressionType, kind or "NONE")
            write_records(tf, name, 3, options=tf.python_io.TFRecordOptions(number))
        facts = [elements(tf, tf.data.TFRecordDataset(n, k)) for n, k in zip(names, ("", "GZIP", "ZLIB"))]
        facts.append(list(tf.python_io.tf_record_iterator(names[0])))
        facts.append(
            elements(tf, tf.data.TFRecordDataset(tf.data.Dataset.from_tensor_slices([names[0]] * 2)))
        )
        with open(names[0], "rb") as file:
            facts.append(list(file.read()))
        return facts


@program
def files_of_lines_and_pieces(tf, slim):
    with folder() as path:
        name = os.path.join(path, "text")
        with open(name, "wb") as file:
            file.write(b"one\ntwo\r\n\nlast")
        lines = tf.data.TextLineDataset([name, name])
        pieces = tf.data.FixedLengthRecordDataset(name, 4, header_bytes=1, footer_bytes=1)
        wrong = tf.data.FixedLengthRecordDataset(name, 4)
        missing = tf.data.TFRecordDataset(os.path.join(path, "none"))
        return [elements(tf, lines), elements(tf, pieces), elements(tf, wrong)[:1], elements(tf, missing)[:1]]


@program
def files_that_match(tf, slim):
    with folder() as path:
        for name in ("b.txt", "a.txt", "c.bin"):
            with open(os.path.join(path, name), "w") as file:
                file.write(name)
        found = tf.data.Dataset.list_files(os.path.join(path, "*.txt"), shuffle=False)
        content = found.map(tf.read_file)
        names = [os.path.basename(n) for n in elements(tf, found)[:-1]]
        return [names, elements(tf, content)]


@program
def files_of_readers(tf, slim):
    with folder() as path:
        name = os.path.join(path, "f")
        write_records(tf, name, 2)
        facts = []
        text = os.path.join(path, "t")
        with open(text, "w") as file:
            file.write("head\na\nb\n")
        readers = [
            (tf.TFRecordReader(), name),
            (tf.WholeFileReader(), text),
            (tf.TextLineReader(skip_header_lines=1), text),
            (tf.FixedLengthRecordReader(3), text),
        ]
        for reader, given in readers:
            pair = reader.read(tf.train.string_input_producer([given], shuffle=False, num_epochs=2))
            with started(tf) as session:
                values = drain(session, pair)
            facts.append(
                [static(pair[0]), [v if isinstance(v, str) else [v[0][len(path) :], v[1]] for v in values]]
            )
        return facts


# Examples


def example(tf, **features):
    kinds = {int: ("int64_list", tf.train.Int64List), float: ("float_list", tf.train.FloatList)}
    made = {}
    for key, values in features.items():
        field, message = kinds.get(type(values[0]), ("bytes_list", tf.train.BytesList))
        made[key] = tf.train.Feature(**{field: message(value=values)})
    return tf.train.Example(features=tf.train.Features(feature=made))


@program
def examples_as_bytes(tf, slim):
    one = example(tf, a=[1, -2, 300], b=[1.5, 2.0], c=[b"xy", b""])
    data = one.SerializeToString(deterministic=True)
    again = tf.train.Example.FromString(data)
    feature = again.features.feature
    return [
        list(data),
        again == one,
        list(feature["a"].int64_list.value),
        list(feature["b"].float_list.value),
        list(feature["c"].bytes_list.value),
        [feature[key].WhichOneof("kind") for key in "abc"],
        sorted(feature),
    ]


@program
def examples_parsed_one_by_one(tf, slim):
    data = example(tf, a=[1, -2, 300], b=[1.5, 2.0], c=[b"xy", b"\x00"]).SerializeToString()
    features = {
        "a": tf.FixedLenFeature([3], tf.int64),
        "b": tf.VarLenFeature(tf.float32),
        "c": tf.FixedLenFeature([2], tf.string),
        "m": tf.FixedLenFeature([], tf.int64, 7),
        "n": tf.FixedLenFeature([2], tf.float32, [1.0, 2.0]),
        "v": tf.VarLenFeature(tf.int64),
        "s": tf.FixedLenSequenceFeature([], tf.float32, allow_missing=True),
    }
    parsed = tf.parse_single_example(tf.constant(data), features)
    with tf.Session() as session:
        shapes = {key: static(parsed[key]) for key in "acmns"}
        return [shapes, session.run(parsed)]


@program
def examples_parsed_together(tf, slim):
    data = [
        example(tf, a=[1, 2], b=[1.5, 2.0]).SerializeToString(),
        example(tf, a=[3, 4], b=[9.0, 8.0, 7.0, 6.0]).SerializeToString(),
    ]
    features = {
        "a": tf.FixedLenFeature([2], tf.int64),
        "b": tf.FixedLenSequenceFeature([2], tf.float32, allow_missing=True),
    }
    parsed = tf.parse_example(tf.placeholder_with_default(data, [None]), features)
    sparse = tf.parse_example(data, {"b": tf.VarLenFeature(tf.float32)})
    with tf.Session() as session:
        return [static(parsed["a"]), static(parsed["b"]), session.run(parsed), session.run(sparse)]


@program
def examples_that_do_not_fit(tf, slim):
    data = example(tf, a=[1, 2, 3]).SerializeToString()

    def attempt(feature, key, *words):
        def run():
            with tf.Session() as session:
                session.run(tf.parse_single_example(data, {key: feature}))

        return error(run, *words)

    return [
        attempt(tf.FixedLenFeature([2], tf.int64), "a", "Key: a.  Can't parse serialized Example."),
        attempt(
            tf.FixedLenFeature([2], tf.int64),
            "m",
            "Feature: m (data type: int64) is required but could not be found.",
        ),
        attempt(tf.FixedLenFeature([3], tf.float32), "a", "Key: a.  Data types don't match."),
        attempt(tf.FixedLenFeature([2], tf.int64, [1]), "m", "Cannot reshape a tensor with 1 elements"),
        attempt(
            tf.FixedLenFeature([3], tf.int32), "a", "not in list of allowed values: float32, int64, string"
        ),
        attempt(tf.FixedLenSequenceFeature([], tf.int64), "a", "requires allow_missing to be True"),
        error(lambda: tf.parse_single_example(data, {}), "Missing features."),
    ]


@program
def raw_bytes(tf, slim):
    with tf.Session() as session:
        odd = tf.decode_raw(b"abc", tf.int16)
        two = tf.decode_raw([b"\x01\x02", b"\x03\x00"], tf.int16)
        return [
            session.run(tf.decode_raw(b"\x01\x02\x00", tf.uint8)),
            session.run(two),
            session.run(tf.decode_raw(b"\x01\x02", tf.int16, little_endian=False)),
            static(two),
            error(lambda: session.run(odd), "length 3 that is not a multiple of 2, the size of int16"),
            error(
                lambda: session.run(tf.read_file("/no/such/file")), "/no/such/file; No such file or directory"
            ),
        ]


@program
def provider_of_a_slim_dataset(tf, slim):
    decoder = slim.tfexample_decoder
    with folder() as path:
        names = [os.path.join(path, name) for name in "ab"]
        for number, name in enumerate(names):
            with tf.python_io.TFRecordWriter(name) as writer:
                for i in range(3):
                    features = {
                        "x": [10 * number + i],
                        "image/format": [b"raw"],
                        "image/encoded": [bytes(range(12))],
                        "list": [1, 2][: i + 1],
                    }
                    features.update({"box/" + side: [0.25, 0.5] for side in ("ymin", "xmin", "ymax", "xmax")})
                    writer.write(example(tf, **features).SerializeToString())
        features = {
            "x": tf.FixedLenFeature([], tf.int64),
            "image/format": tf.FixedLenFeature([], tf.string, "raw"),
            "image/encoded": tf.FixedLenFeature([], tf.string, ""),
            "list": tf.VarLenFeature(tf.int64),
        }
        features.update({"box/" + s: tf.VarLenFeature(tf.float32) for s in ("ymin", "xmin", "ymax", "xmax")})
        handlers = {
            "label": decoder.Tensor("x"),
            "image": decoder.Image(shape=[2, 2, 3], channels=3),
            "boxes": decoder.BoundingBox(prefix="box/"),
            "list": decoder.Tensor("list", default_value=-1),
            "twice": decoder.ItemHandlerCallback(["x"], lambda found: found["x"] * 2),
        }
        dataset = slim.dataset.Dataset(
            names, tf.TFRecordReader, decoder.TFExampleDecoder(features, handlers), 6, {}, num_classes=3
        )
        provider = slim.dataset_data_provider.DatasetDataProvider(dataset, shuffle=False, num_epochs=1)
        items = provider.get(["label", "image", "boxes", "list", "twice"])
        key = provider.get(["record_key"])[0]
        facts = [sorted(provider.list_items()), provider.num_samples(), dataset.num_classes]
        facts += [[v.op.name for v in tf.local_variables()], [static(item) for item in items[:3]]]
        with started(tf) as session:
            facts.append([session.run(items), session.run(key)[len(path) :], drain(session, items[0])])
        facts.append(error(lambda: provider.get(["nothing"]))[0])
        return facts


# Queues


@program
def queues_close(tf, slim):
    queue = tf.FIFOQueue(3, [tf.int32], shapes=[[]])
    fill, close = queue.enqueue_many([[1, 2]]), queue.close()
    many, one, some, size = queue.dequeue_many(3), queue.dequeue(), queue.dequeue_up_to(3), queue.size()
    with tf.Session() as session:
        session.run(fill)
        session.run(close)
        words = "is closed and has insufficient elements"
        return [
            error(lambda: session.run(many), words + " (requested 3, current size 2)"),
            session.run([size, queue.is_closed()]),
            session.run(some),
            error(lambda: session.run(one), words + " (requested 1, current size 0)"),
            error(lambda: session.run(some), words + " (requested 3, current size 0)"),
            error(lambda: session.run(fill), "is closed."),
            error(lambda: session.run(close), "is already closed."),
        ]


@program
def queues_names_and_shapes(tf, slim):
    plain = tf.FIFOQueue(3, [tf.int32])
    named = tf.FIFOQueue(3, [tf.int32, tf.float32], shapes=[[], [2]], names=["a", "b"])
    padding = tf.PaddingFIFOQueue(3, [tf.int32], shapes=[[None]])
    shuffled = tf.RandomShuffleQueue(3, 1, [tf.int32], shapes=[[]])
    one, many, some = named.dequeue(), named.dequeue_many(2), named.dequeue_up_to(2)
    return [
        [q.name for q in (plain, named, padding, shuffled)],
        [plain.enqueue(1).name, plain.enqueue_many([[1, 2]]).name, plain.dequeue().name, plain.size().name],
        [plain.dequeue_many(2).name, plain.dequeue_up_to(2).name, plain.close().name],
        [static(plain.dequeue()), static(plain.size())],
        [[key, static(d[key])] for d in (one, many, some) for key in sorted(d)],
        [static(padding.dequeue()), static(padding.dequeue_many(2)), static(shuffled.dequeue())],
        error(lambda: named.enqueue(1), "You must enqueue a dictionary in a Queue with names"),
        error(lambda: tf.FIFOQueue(3, [tf.int32]).enqueue(1.5))[0],
    ]


@program
def queues_hold_elements(tf, slim):
    queue = tf.FIFOQueue(9, [tf.int32, tf.string], shapes=[[2], []])
    value, word = tf.placeholder(tf.int32, [2]), tf.placeholder(tf.string, [])
    put, take, many = queue.enqueue([value, word]), queue.dequeue(), queue.dequeue_many(2)
    with tf.Session() as session:
        for i in range(3):
            session.run(put, {value: [i, i + 1], word: f"w{i}"})
        return [session.run(take), session.run(many), session.run(queue.size())]


@program
def queues_pad(tf, slim):
    queue = tf.PaddingFIFOQueue(9, [tf.int32], shapes=[[None]])
    value = tf.placeholder(tf.int32, [None])
    put, many = queue.enqueue(value), queue.dequeue_many(3)
    with tf.Session() as session:
        for given in ([1], [2, 3, 4], []):
            session.run(put, {value: given})
        return session.run(many)


@program
def queues_without_shapes_give_no_batches(tf, slim):
    queue = tf.FIFOQueue(3, [tf.int32])
    put, many = queue.enqueue(1), queue.dequeue_many(1)
    with tf.Session() as session:
        session.run(put)
        return error(lambda: session.run(many), "require the components to have specified shapes")


@program
def runner_of_ones_own(tf, slim):
    queue = tf.FIFOQueue(5, [tf.int32], shapes=[[]])
    runner = tf.train.QueueRunner(queue, [queue.enqueue(tf.constant(7))])
    tf.train.add_queue_runner(runner)
    batch = queue.dequeue_many(3)
    with started(tf) as session:
        return [len(tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)), session.run(batch), session.run(batch)]


@program
def batches_with_padding(tf, slim):
    n = tf.train.range_input_producer(4, shuffle=False, num_epochs=1).dequeue()
    x = tf.train.batch([tf.fill([n], n), n], 2, dynamic_pad=True)
    with started(tf) as session:
        return [[static(part) for part in x], drain(session, x)]


@program
def batches_of_joined_sources(tf, slim):
    sources = [[tf.constant(i), tf.constant([i, i])] for i in (1, 2)]
    x, y = tf.train.batch_join(sources, 4)
    with started(tf) as session:
        a, b = session.run([x, y])
        return [static(x), static(y), set(a.tolist()) <= {1, 2}, (b[:, 0] == a).all()]


@program
def batches_of_what_is_kept(tf, slim):
    n = tf.train.range_input_producer(6, shuffle=False, num_epochs=1).dequeue()
    even = tf.train.maybe_batch([n], tf.equal(n % 2, 0), 2, allow_smaller_final_batch=True)
    rows = tf.constant([1, 2, 3])
    some = tf.train.maybe_batch([rows], [True, False, True], 4, enqueue_many=True)
    with started(tf) as session:
        return [drain(session, even), session.run(some)]


@program
def batches_are_named(tf, slim):
    x = tf.train.slice_input_producer([np.arange(4), np.arange(4.0)], shuffle=False)
    pair = tf.train.batch(x, 2)
    names = [
        pair[0].name,
        pair[1].name,
        tf.train.batch([x[0]], 2).name,
        tf.train.batch([x[0]], 2, name="mine").name,
    ]
    names += [tf.train.shuffle_batch([x[0]], 2, 10, 3).name, tf.train.batch_join([[x[0]]], 2).name]
    names += [tf.train.string_input_producer(["a"]).name, tf.train.range_input_producer(3).name]
    return names


@program
def batches_of_sparse_examples(tf, slim):
    data = [example(tf, v=[1, 2][: i + 1]).SerializeToString() for i in range(2)]
    one = tf.train.string_input_producer(data, shuffle=False, num_epochs=1).dequeue()
    batch = tf.train.batch([tf.parse_single_example(one, {"v": tf.VarLenFeature(tf.int64)})["v"]], 2)
    with started(tf) as session:
        return [type(batch).__name__, session.run(batch)]


@program
def prefetched_batches(tf, slim):
    x, y = tf.train.slice_input_producer([np.arange(4), np.arange(4) * 10], shuffle=False, num_epochs=1)
    batch = tf.train.batch([x, y], 2)
    queue = slim.prefetch_queue.prefetch_queue(batch, capacity=2)
    a, b = queue.dequeue()
    named = slim.prefetch_queue.prefetch_queue({"a": tf.constant([1, 2])}).dequeue()
    with started(tf) as session:
        return [static(a), drain(session, [a, b]), sorted(named), session.run(named["a"])]


@program
def producers_refuse(tf, slim):
    return [
        error(lambda: tf.train.string_input_producer([]), "requires a non-null input tensor"),
        error(lambda: tf.train.slice_input_producer([]))[0],
        error(lambda: tf.train.limit_epochs(1, 0), "num_epochs must be > 0 not 0."),
        error(
            lambda: tf.train.input_producer(tf.placeholder(tf.int32, [3, None])),
            "`element_shape` must be specified",
        ),
    ]
