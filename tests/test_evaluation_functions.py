"""Evaluating functions on real tensors, without sessions."""

import numpy as np
import pytest
import torch

import slim_torch as slim
from slim_torch import tf, training
from slim_torch.graph import Graph

IMAGES = torch.arange(24, dtype=torch.float32).reshape(6, 4) / 24
LABELS = torch.tensor([0, 1, 2, 0, 1, 2])


def model(inputs):
    return slim.fully_connected(inputs, 3, activation_fn=None, scope="fc")


def saved(folder, value=1.0, step=7):
    """A checkpoint of the model, whose weights are `value` times the column."""
    with Graph().as_default() as graph:
        with graph.step():
            model(IMAGES)
        global_step = slim.get_or_create_global_step()
        global_step.assign(step)
        slim.get_model_variables("fc/weights")[0].assign(value * torch.arange(12.0).reshape(4, 3))
        return tf.train.Saver().save(None, folder / "model.ckpt", global_step=step)


class Batches:
    """Three batches of two, and where they are."""

    def __init__(self):
        self.restart()

    def restart(self):
        self.left = iter(zip(IMAGES.split(2), LABELS.split(2)))


def offline_accuracy(value):
    logits = IMAGES @ (value * torch.arange(12.0).reshape(4, 3))
    return (logits.argmax(1) == LABELS).double().mean().item()


@pytest.fixture
def graph():
    with Graph().as_default() as graph:
        yield graph
    tf.summary.FileWriterCache.clear()


def accuracy_functions(batches, made=None):
    values = {} if made is None else made

    def eval_op():
        images, labels = next(batches.left)
        predictions = model(images).argmax(1)
        values["accuracy"], update = slim.metrics.streaming_accuracy(predictions, labels)
        return update

    return eval_op, values


@pytest.mark.parametrize("value", [1.0, -1.0])
def test_a_metric_over_all_batches_is_the_offline_one(graph, tmp_path, value):
    batches = Batches()
    path = saved(tmp_path, value)
    with graph.step():
        model(IMAGES)
    eval_op, values = accuracy_functions(batches)
    result = slim.evaluation.evaluate_once("", path, None, num_evals=3, eval_op=eval_op, final_op=values)
    assert result["accuracy"].item() == pytest.approx(offline_accuracy(value))
    assert int(graph.get_collection("eval_step")[0]) == 3


def test_the_end_of_the_data_ends_an_evaluation(graph, tmp_path):
    batches = Batches()
    eval_op, values = accuracy_functions(batches)
    with graph.step():
        model(IMAGES)
    result = slim.evaluation.evaluate_once(
        "",
        saved(tmp_path),
        None,
        num_evals=None,
        eval_op=eval_op,
        final_op=lambda: float(values["accuracy"]()),
    )
    assert result == pytest.approx(offline_accuracy(1.0))


def test_a_second_evaluation_begins_anew(graph, tmp_path):
    batches = Batches()
    eval_op, values = accuracy_functions(batches)
    with graph.step():
        model(IMAGES)
    first, second = saved(tmp_path, 1.0, 1), saved(tmp_path, -1.0, 2)
    results = [
        slim.evaluation.evaluate_once(
            "", path, None, num_evals=3, initial_op=batches.restart, eval_op=eval_op, final_op=values
        )["accuracy"].item()
        for path in (first, second)
    ]
    assert results == pytest.approx([offline_accuracy(1.0), offline_accuracy(-1.0)])


def test_a_model_that_is_not_there_yet_is_built_before_it_is_restored(graph, tmp_path):
    source = slim.learning.batches(list(zip(IMAGES.split(2), LABELS.split(2))))
    seen = []

    def eval_op():
        images, _ = next(source)
        seen.append(tuple(images.shape))
        value, update = slim.metrics.streaming_mean(model(images))
        seen_values["mean"] = value
        return update

    seen_values = {}
    result = slim.evaluation.evaluate_once(
        "", saved(tmp_path), None, num_evals=None, eval_op=eval_op, final_op=seen_values
    )
    expected = (IMAGES @ torch.arange(12.0).reshape(4, 3)).mean().item()
    assert result["mean"].item() == pytest.approx(expected, rel=1e-6)
    assert len(seen) == 4  # once to build, then each batch once


def test_variables_made_after_restoring_are_an_error(graph, tmp_path):
    path = saved(tmp_path)
    with graph.step():
        model(IMAGES)

    def eval_op():
        return slim.fully_connected(IMAGES, 2, scope="late")

    with pytest.raises(ValueError, match=r"late/weights.*after the checkpoint"):
        slim.evaluation.evaluate_once("", path, None, eval_op=eval_op)


def test_feeds_are_refused(graph, tmp_path):
    with pytest.raises(ValueError, match="close over"):
        slim.evaluation.evaluate_once("", None, None, eval_op=lambda: None, eval_op_feed_dict={"x": 1})


def test_summaries_of_the_last_batch_and_of_the_end_are_written_for_the_checkpoints_step(graph, tmp_path):
    batches = Batches()
    path = saved(tmp_path, step=9)
    with graph.step():
        model(IMAGES)

    def eval_op():
        images, _ = next(batches.left)
        tf.summary.scalar("largest", images.max())

    def final_op():
        tf.summary.scalar("final", torch.tensor(5.0))
        return 5.0

    slim.evaluation.evaluate_once(
        "", path, tmp_path / "eval", num_evals=3, eval_op=eval_op, final_op=final_op
    )
    (file,) = (tmp_path / "eval").iterdir()
    found = [
        (event.step, value.tag, value.simple_value)
        for event in tf.train.summary_iterator(str(file))
        for value in event.summary.value
    ]
    assert found == [(9, "largest", pytest.approx(23 / 24)), (9, "final", 5.0)]


def test_a_summary_function_takes_the_place_of_the_default(graph, tmp_path):
    path = saved(tmp_path)
    with graph.step():
        model(IMAGES)
    slim.evaluation.evaluate_once(
        "",
        path,
        tmp_path / "eval",
        eval_op=lambda: None,
        summary_op=lambda: tf.Summary(value=[tf.Summary.Value(tag="own", simple_value=2.0)]),
    )
    (file,) = (tmp_path / "eval").iterdir()
    events = [event for event in tf.train.summary_iterator(str(file)) if event.summary.value]
    assert [event.summary.value[0].tag for event in events] == ["own"]


def test_hooks_are_called_as_by_a_session(graph, tmp_path):
    calls = []
    path = saved(tmp_path)
    with graph.step():
        model(IMAGES)

    class Hook(tf.train.SessionRunHook):
        def begin(self):
            calls.append("begin")

        def after_create_session(self, session, coord):
            calls.append(("created", int(session.run(slim.get_global_step()))))

        def before_run(self, run_context):
            calls.append("before")
            return tf.train.SessionRunArgs(
                {"step": slim.get_global_step(), "twice": lambda: torch.tensor(2.0) * 2}
            )

        def after_run(self, run_context, run_values):
            assert type(run_values.results["twice"]) is np.float32
            calls.append(("after", int(run_values.results["step"])))
            if len(calls) > 5:
                run_context.request_stop()

        def end(self, session):
            calls.append("end")

    slim.get_or_create_global_step()
    slim.evaluation.evaluate_once(
        "", path, None, num_evals=9, eval_op=lambda: calls.append("batch"), hooks=[Hook()]
    )
    assert calls == [
        "begin",
        ("created", 7),
        *["before", "batch", ("after", 7)] * 2,
        "end",
    ]


def test_moving_averages_are_restored_in_place_of_the_variables(graph, tmp_path):
    with Graph().as_default() as other:
        w = tf.Variable(1.0, name="w")
        average = tf.train.ExponentialMovingAverage(0.5)
        with tf.Session() as session:
            apply = average.apply([w])
            session.run(tf.global_variables_initializer())
            session.run(tf.group(w.assign(3.0)))
            session.run(apply)
            path = tf.train.Saver().save(session, tmp_path / "model.ckpt")
    assert other.recorder is not None
    with graph.step():
        slim.model_variable("w", shape=[], initializer=tf.zeros_initializer())
    w = slim.get_model_variables("w")[0]
    average = tf.train.ExponentialMovingAverage(0.5)
    result = slim.evaluation.evaluate_once(
        "", path, None, final_op=lambda: w.item(), variables_to_restore=average.variables_to_restore([w])
    )
    assert result == pytest.approx(2.0)  # 1 + (3 - 1) / 2


def test_a_loop_evaluates_functions_too(graph, tmp_path):
    batches = Batches()
    eval_op, values = accuracy_functions(batches)
    with graph.step():
        model(IMAGES)
    slim.get_or_create_global_step()
    saved(tmp_path, 1.0, 1)
    results = []

    class Next(tf.train.SessionRunHook):
        def end(self, session):
            results.append(int(session.run(slim.get_global_step())))
            if len(results) == 1:
                saved(tmp_path, -1.0, 2)

    last = slim.evaluation.evaluation_loop(
        "",
        tmp_path,
        None,
        num_evals=3,
        initial_op=batches.restart,
        eval_op=eval_op,
        final_op=values,
        eval_interval_secs=0,
        timeout=0,
        hooks=[Next()],
    )
    assert results == [1, 2]
    assert last["accuracy"].item() == pytest.approx(offline_accuracy(-1.0))


def test_the_functions_of_contrib_training_take_functions_too(graph, tmp_path):
    batches = Batches()
    eval_op, values = accuracy_functions(batches)
    path = saved(tmp_path)
    with graph.step():
        model(IMAGES)
    result = training.evaluate_once(path, eval_ops=eval_op, final_ops=values)
    assert result["accuracy"].item() == pytest.approx(offline_accuracy(1.0))


def test_nothing_of_the_model_keeps_gradients(graph, tmp_path):
    path = saved(tmp_path)
    with graph.step():
        model(IMAGES)
    outputs = []
    slim.evaluation.evaluate_once("", path, None, eval_op=lambda: outputs.append(model(IMAGES)))
    assert not outputs[0].requires_grad


def test_functions_run_as_such_in_a_graph_that_is_recorded_too(graph, tmp_path):
    tf.constant(1.0)
    assert graph.recorder is not None
    batches = Batches()
    eval_op, values = accuracy_functions(batches)
    with graph.step():
        model(IMAGES)
    result = slim.evaluation.evaluate_once("", saved(tmp_path), None, 3, eval_op=eval_op, final_op=values)
    assert result["accuracy"].item() == pytest.approx(offline_accuracy(1.0))
