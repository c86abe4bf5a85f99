"""Golden programs for `tf.data`: datasets as sources of tensors in a graph. Queues are in `session_programs_queues.py`."""

import numpy as np
from program_registry import dtype_name
from session_registry import error, program, static


def drain(session, fetch, limit=50):
    """Everything that running `fetch` gives until OutOfRangeError, whose name comes last."""
    values = []
    while len(values) < limit:
        try:
            values.append(session.run(fetch))
        except Exception as err:
            values.append(type(err).__name__)
            break
    return values


def elements(tf, dataset):
    """All elements of a dataset through a one-shot iterator."""
    fetch = dataset.make_one_shot_iterator().get_next()
    with tf.Session() as session:
        return drain(session, fetch)


@program()
def from_tensor_slices(tf, slim):
    dataset = tf.data.Dataset.from_tensor_slices(np.array([[1.0, 2.0], [3.0, 4.0]], np.float32))
    x = dataset.make_one_shot_iterator().get_next()
    with tf.Session() as session:
        return [static(x), dtype_name(x.dtype), x.op.type, x.name, drain(session, x)]


@program()
def slices_of_structures(tf, slim):
    pairs = tf.data.Dataset.from_tensor_slices((np.array([1, 2]), np.array([[1.0], [2.0]], np.float32)))
    named = tf.data.Dataset.from_tensor_slices({"x": [1, 2], "y": [3.5, 4.5]})
    return [elements(tf, pairs), elements(tf, named)]


@program()
def from_tensors(tf, slim):
    return elements(tf, tf.data.Dataset.from_tensors([1, 2, 3]))


@program()
def dataset_of_a_range(tf, slim):
    return [elements(tf, tf.data.Dataset.range(4)), elements(tf, tf.data.Dataset.range(2, 9, 3))]


@program()
def one_element_per_run(tf, slim):
    x = tf.data.Dataset.range(10).make_one_shot_iterator().get_next()
    y, z = x * 10, x + 1
    with tf.Session() as session:
        return [session.run([x, y, z]), session.run([z, x]), session.run(y)]


@program()
def nothing_is_taken_unless_needed(tf, slim):
    x = tf.data.Dataset.range(10).make_one_shot_iterator().get_next()
    other = tf.constant(5)
    with tf.Session() as session:
        session.run(other)
        return [session.run(x), session.run(other), session.run(x)]


@program()
def parts_of_an_element_stay_together(tf, slim):
    dataset = tf.data.Dataset.from_tensor_slices((np.arange(4), np.arange(4) * 10))
    x, y = dataset.make_one_shot_iterator().get_next()
    with tf.Session() as session:
        return [session.run(x), session.run([x, y]), session.run(y), x.op is y.op]


@program()
def two_get_nexts_of_one_iterator(tf, slim):
    iterator = tf.data.Dataset.range(6).make_one_shot_iterator()
    a, b = iterator.get_next(), iterator.get_next()
    with tf.Session() as session:
        both = sorted(session.run([a, b]))
        return [both, session.run(a), session.run(b), sorted(session.run([b, a]))]


@program()
def two_iterators_of_one_dataset(tf, slim):
    dataset = tf.data.Dataset.range(6)
    a, b = dataset.make_one_shot_iterator().get_next(), dataset.make_one_shot_iterator().get_next()
    with tf.Session() as session:
        return [session.run(a), session.run([a, b]), session.run(b)]


@program()
def feeding_an_element(tf, slim):
    x = tf.data.Dataset.range(6).make_one_shot_iterator().get_next()
    y = x * 2
    with tf.Session() as session:
        return [session.run(y, {x: 50}), session.run(y), session.run(y)]


@program()
def mapping(tf, slim):
    squares = tf.data.Dataset.range(4).map(lambda x: x * x)
    pairs = tf.data.Dataset.range(3).map(lambda x: (x, tf.cast(x, tf.float32) / 2.0), num_parallel_calls=2)
    summed = pairs.map(lambda a, b: tf.cast(a, tf.float32) + b)
    return [elements(tf, d) for d in (squares, pairs, summed)]


@program()
def mapping_dictionaries(tf, slim):
    dataset = tf.data.Dataset.from_tensor_slices({"x": [1.0, 2.0], "y": [3.0, 4.0]})
    return elements(tf, dataset.map(lambda d: {"sum": d["x"] + d["y"], "x": d["x"]}))


@program()
def mapping_with_a_python_function(tf, slim):
    def double(value):
        return np.float32(value * 2)

    dataset = tf.data.Dataset.range(3).map(lambda x: tf.py_func(double, [x], tf.float32))
    x = dataset.make_one_shot_iterator().get_next()
    with tf.Session() as session:
        return [static(x), drain(session, x)]


@program()
def batches(tf, slim):
    whole, dropped = tf.data.Dataset.range(5).batch(2), tf.data.Dataset.range(5).batch(2, drop_remainder=True)
    shapes = [static(d.make_one_shot_iterator().get_next()) for d in (whole, dropped)]
    return [shapes, elements(tf, whole), elements(tf, dropped)]


@program()
def batches_of_structures(tf, slim):
    dataset = tf.data.Dataset.from_tensor_slices((np.zeros((5, 2), np.float32), np.arange(5))).batch(3)
    x, y = dataset.make_one_shot_iterator().get_next()
    with tf.Session() as session:
        return [static(x), static(y), [[list(a.shape), b] for a, b in drain(session, (x, y))[:2]]]


@program()
def padded_batches(tf, slim):
    dataset = tf.data.Dataset.range(1, 4).map(lambda n: tf.fill([n], n)).padded_batch(2, [None])
    return elements(tf, dataset)


@program()
def repeating(tf, slim):
    twice = tf.data.Dataset.range(2).repeat(2)
    forever = tf.data.Dataset.range(2).repeat().take(5)
    across = tf.data.Dataset.range(3).repeat(2).batch(2)
    within = tf.data.Dataset.range(3).batch(2).repeat(2)
    return [elements(tf, d) for d in (twice, forever, across, within)]


@program()
def taking_and_skipping(tf, slim):
    dataset = tf.data.Dataset.range(6)
    made = (
        dataset.take(2),
        dataset.skip(4),
        dataset.skip(1).take(2),
        dataset.take(0),
        dataset.take(-1),
        dataset.take(9),
    )
    return [elements(tf, d) for d in made]


@program()
def shuffling_keeps_every_element(tf, slim):
    dataset = tf.data.Dataset.range(8).shuffle(4, seed=1)
    values = elements(tf, dataset)
    batched = elements(tf, tf.data.Dataset.range(6).shuffle(6).repeat(2).batch(6))
    return [sorted(values[:-1]), values[-1], [sorted(b) for b in batched[:2]], batched[2]]


@program()
def shuffling_reaches_as_far_as_its_buffer(tf, slim):
    values = elements(tf, tf.data.Dataset.range(20).shuffle(3))[:-1]
    return [elements(tf, tf.data.Dataset.range(4).shuffle(1)), all(v <= i + 2 for i, v in enumerate(values))]


@program()
def shuffling_with_a_seed_repeats(tf, slim):
    def order():
        with tf.Graph().as_default():
            return elements(tf, tf.data.Dataset.range(30).shuffle(30, seed=3))

    return order() == order()


@program()
def zipping(tf, slim):
    a, b = tf.data.Dataset.range(3), tf.data.Dataset.range(10, 20)
    return [
        elements(tf, tf.data.Dataset.zip((a, b))),
        elements(tf, tf.data.Dataset.zip({"a": a, "b": (a, b)})),
    ]


@program()
def concatenating_and_filtering(tf, slim):
    a, b = tf.data.Dataset.range(4), tf.data.Dataset.range(10, 12)
    even = a.filter(lambda x: tf.equal(x % 2, 0))
    return [elements(tf, a.concatenate(b)), elements(tf, even), elements(tf, even.prefetch(1).batch(5))]


@program()
def flat_map_and_interleave(tf, slim):
    dataset = tf.data.Dataset.range(1, 4)
    flat = dataset.flat_map(lambda n: tf.data.Dataset.from_tensors(n).repeat(2))
    woven = dataset.interleave(
        lambda n: tf.data.Dataset.from_tensors(n).repeat(2), cycle_length=2, block_length=1
    )
    return [elements(tf, flat), elements(tf, woven)]


@program()
def from_a_generator(tf, slim):
    def numbers():
        for i in range(3):
            yield i * 2

    untyped = tf.data.Dataset.from_generator(numbers, tf.int64)
    shaped = tf.data.Dataset.from_generator(lambda: ([i, i + 0.5] for i in range(2)), tf.float32, [2])
    shapes = [static(d.make_one_shot_iterator().get_next()) for d in (untyped, shaped)]
    return [shapes, elements(tf, untyped), elements(tf, shaped)]


@program()
def from_a_generator_of_structures(tf, slim):
    def pairs():
        yield np.array([1.0, 2.0]), 0
        yield np.array([3.0]), 1

    dataset = tf.data.Dataset.from_generator(pairs, (tf.float32, tf.int32), ([None], []))
    x, y = dataset.repeat(2).make_one_shot_iterator().get_next()
    with tf.Session() as session:
        return [static(x), static(y), drain(session, [x, y])]


@program()
def initializable_iterator(tf, slim):
    iterator = tf.data.Dataset.range(2).make_initializable_iterator()
    x = iterator.get_next()
    with tf.Session() as session:
        before = error(lambda: session.run(x), "iterator")[0]
        session.run(iterator.initializer)
        first = drain(session, x)
        session.run(iterator.initializer)
        return [before, first, drain(session, x)]


@program()
def initializable_iterator_with_feeds(tf, slim):
    values, size = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.int64, [])
    iterator = tf.data.Dataset.from_tensor_slices(values).batch(size).make_initializable_iterator()
    x = iterator.get_next()
    with tf.Session() as session:
        facts = []
        for data, n in ([1.0, 2.0, 3.0], 2), ([7.0, 8.0], 1):
            session.run(iterator.initializer, {values: data, size: n})
            facts.append(drain(session, x))
        return [static(x), facts]


@program()
def one_shot_iterators_take_no_placeholders(tf, slim):
    values = tf.placeholder(tf.float32, [None])
    return error(lambda: tf.data.Dataset.from_tensor_slices(values).make_one_shot_iterator())[0]


@program()
def reinitializable_iterator(tf, slim):
    train, test = tf.data.Dataset.range(3), tf.data.Dataset.range(10, 12)
    iterator = tf.data.Iterator.from_structure(train.output_types, train.output_shapes)
    x = iterator.get_next()
    use_train, use_test = iterator.make_initializer(train), iterator.make_initializer(test)
    with tf.Session() as session:
        facts = []
        for init in (use_train, use_test, use_train):
            session.run(init)
            facts.append(drain(session, x))
        return facts


@program()
def end_of_a_dataset_stays_the_end(tf, slim):
    x = tf.data.Dataset.range(1).make_one_shot_iterator().get_next()
    with tf.Session() as session:
        session.run(x)
        return [error(lambda: session.run(x), "End of sequence") for _ in range(2)]


@program()
def training_until_the_end(tf, slim):
    x = tf.data.Dataset.from_tensor_slices([1.0, 2.0, 3.0]).repeat(2).make_one_shot_iterator().get_next()
    v = tf.get_variable("v", initializer=0.0)
    train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.square(v - x))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        steps = 0
        try:
            while True:
                session.run(train)
                steps += 1
        except tf.errors.OutOfRangeError:
            return [steps, session.run(v)]


@program()
def types_and_shapes_of_datasets(tf, slim):
    dataset = tf.data.Dataset.from_tensor_slices((np.zeros((3, 2), np.float32), np.arange(3))).batch(2)
    return [[dtype_name(t) for t in dataset.output_types], [s.as_list() for s in dataset.output_shapes]]
