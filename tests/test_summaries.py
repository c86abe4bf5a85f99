"""Summaries: slim_torch gives the operations, names, tags and bytes that TensorFlow 1.15.5 gave.

The programs are in `golden/summary_cases.py`, TensorFlow's answers in `golden/summaries.json`. Inside steps, where
nothing is recorded, the same programs give the same bytes.
"""

import io
import json
import logging
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch

import slim_torch as slim
from slim_torch import tf

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))

from summary_cases import CASES  # noqa: E402 - the folder has to be found first

EXPECTED = json.loads((GOLDEN / "summaries.json").read_text())
REGENERATE = "python tests/golden/make_summaries.py  (with the Python that has TensorFlow 1.15.5)"
ERRORS = [name for name, expected in EXPECTED.items() if "error" in expected]
GIVEN = [name for name in EXPECTED if name not in ERRORS]
# What has no operation inside a step cannot be summarized without a name, and what runs there is not collected as
# an operation's output.
RECORDED_ONLY = {
    "activations",
    "a_layer",
    "collections_of_tensors",
    "scalar_of_a_variable",
    "slim_histograms",
    "slim_images",
    "slim_scalars",
    "slim_zero_fractions",
    "tensor_of_unknown_rank",
    "tensors_by_rank",
}

# Softplus of -1 is one unit of the last place off in TensorFlow (1050698709; exactly rounded 1050698710).
COMPUTED = {"activations"}


def pixels(content):
    image = pytest.importorskip("PIL.Image").open(io.BytesIO(content))
    array = np.asarray(image)
    return array.reshape(*array.shape[:2], -1).tolist()


def value(content):
    """As `make_summaries.value`."""
    summary = tf.Summary.FromString(content)
    if not summary.value or not summary.value[0].HasField("image"):
        return content.hex()
    return [
        [v.tag, v.image.height, v.image.width, v.image.colorspace, pixels(v.image.encoded_image_string)]
        for v in summary.value
    ]


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def assert_same_values(got, expected, name):
    """Serialized summaries are equal; of a computed histogram, min, max and sums are close."""
    if name not in COMPUTED:
        assert got == expected
        return
    for ours, theirs in zip(got, expected, strict=True):
        for value, wanted in zip(parsed(ours), parsed(theirs), strict=True):
            assert value.tag == wanted.tag
            assert value.simple_value == pytest.approx(wanted.simple_value, rel=1e-5)
            for field in ("min", "max", "num", "sum", "sum_squares", "bucket_limit", "bucket"):
                tolerance = 1e-5 if field in ("min", "max", "sum", "sum_squares") else 0
                assert getattr(value.histo, field) == pytest.approx(getattr(wanted.histo, field), tolerance)


def parsed(content):
    return tf.Summary.FromString(bytes.fromhex(content)).value


def run(name):
    with tf.Graph().as_default(), tf.Session() as session:
        made = CASES[name](tf, slim)
        session.run(tf.global_variables_initializer())
        contents = session.run(made)
        return {
            "operations": [[tensor.name, tensor.op.type] for tensor in made],
            "collection": [tensor.name for tensor in tf.get_collection(tf.GraphKeys.SUMMARIES)],
            "values": list(map(value, contents)),
        }


def test_every_program_has_an_answer():
    assert set(EXPECTED) == set(CASES), f"regenerate: {REGENERATE}"


@pytest.mark.parametrize("name", GIVEN)
def test_recorded_summaries_are_those_of_tensorflow(name):
    got = run(name)
    assert got["operations"] == EXPECTED[name]["operations"]
    assert got["collection"] == EXPECTED[name]["collection"]
    assert_same_values(got["values"], EXPECTED[name]["values"], name)


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_those_of_tensorflow(name):
    expected = EXPECTED[name]
    with pytest.raises(
        getattr(tf.errors, expected["error"], None) or __builtins__[expected["error"]]
    ) as caught:
        run(name)
    assert getattr(caught.value, "message", "").startswith(expected.get("message", ""))


@pytest.mark.parametrize("name", [name for name in GIVEN if name not in RECORDED_ONLY])
def test_summaries_of_a_step_are_those_of_tensorflow(name):
    expected, graph = EXPECTED[name], tf.Graph()
    for _ in range(2):  # names begin anew in each step
        with graph.as_default(), graph.step():
            made = CASES[name](tf, slim)
            assert [summary.name for summary in made] == [name for name, _ in expected["operations"]]
            collected = tf.get_collection(tf.GraphKeys.SUMMARIES)
            assert [summary.name for summary in collected] == expected["collection"]
            assert [value(bytes(summary)) for summary in made] == expected["values"]


@pytest.mark.parametrize(
    "name", [name for name in ERRORS if EXPECTED[name]["error"] == "InvalidArgumentError"]
)
def test_values_are_checked_when_a_summary_of_a_step_is_asked_for(name):
    with tf.Graph().as_default() as graph, graph.step():
        (summary,) = CASES[name](tf, slim)
        with pytest.raises(tf.errors.InvalidArgumentError):
            bytes(summary)


def test_what_belongs_to_other_writers_answers_as_tensorflow():
    with tf.Graph().as_default():
        node = types.SimpleNamespace(op="ScalarSummary")
        with pytest.raises(ValueError, match="Can't get_summary_description on ScalarSummary"):
            tf.summary.get_summary_description(node)
        with pytest.raises(RuntimeError, match=r"No default tf\.contrib\.summary\.SummaryWriter found"):
            tf.summary.initialize()
        assert tf.summary.all_v2_summary_ops() == []
    assert tf.summary.SummaryDescription(type_hint="a").SerializeToString() == b"\n\x01a"


# Inside steps


def test_a_step_serializes_nothing_that_nobody_asks_for(monkeypatch):
    monkeypatch.setattr("slim_torch.summary_values.histogram", lambda *args: pytest.fail("serialized"))
    graph = tf.Graph()
    with graph.as_default(), graph.step():
        tf.summary.histogram("h", torch.ones(3))
        assert tf.summary.merge_all() is not None


def test_a_step_forgets_the_summaries_of_the_last_one():
    graph = tf.Graph()
    for number in range(2):
        with graph.as_default(), graph.step():
            tf.summary.scalar("s", torch.tensor(float(number)))
            tf.summary.histogram("h", torch.ones(2))
        with graph.as_default():
            found = tf.Summary.FromString(bytes(tf.summary.merge_all()))
        assert [v.tag for v in found.value] == ["s", "h"]
        assert found.value[0].simple_value == number


def test_a_summary_of_a_step_holds_no_autograd_graph():
    graph = tf.Graph()
    with graph.as_default(), graph.step():
        loss = (torch.ones(3, requires_grad=True) * 2).sum()
        summary = tf.summary.scalar("s", loss)
    assert tf.Summary.FromString(bytes(summary)).value[0].simple_value == 6
    (tensor, _) = tf.summary.scalar("s", torch.ones((), requires_grad=True))._call[1]
    assert tensor.requires_grad  # outside of steps it may be recorded, gradient and all
    with graph.as_default(), graph.step():
        (tensor, _) = tf.summary.scalar("s", loss)._call[1]
    assert not tensor.requires_grad


def test_the_value_of_a_metric_of_a_step_is_read_when_it_is_written():
    graph = tf.Graph()
    for number, said in enumerate((1.0, 0.75)):
        with graph.as_default(), graph.step():
            predictions, labels = torch.tensor([1, 1]), torch.tensor([1, 1 - number])
            value, update = slim.metrics.streaming_accuracy(predictions, labels)
            summary = tf.summary.scalar("accuracy", value)
            update()
        assert tf.Summary.FromString(bytes(summary)).value[0].simple_value == said


def test_a_tensor_of_a_step_needs_a_name():
    graph = tf.Graph()
    with graph.as_default(), graph.step():
        with pytest.raises(ValueError, match="Pass `name`"):
            slim.summaries.add_scalar_summary(torch.tensor(1.0))
        assert slim.summaries.add_scalar_summary(torch.tensor(1.0), "n", "p").name == "p/n:0"
        tf.add_to_collection("k", torch.ones(2))
        with tf.name_scope("net"):
            tf.add_to_collection("named", torch.ones(2))
        assert [s.name for s in slim.summarize_collection("named")] == ["net_summary:0"]


def test_printing_inside_a_step(capfd):
    graph = tf.Graph()
    with graph.as_default(), graph.step():
        summary = slim.summaries.add_scalar_summary(torch.tensor(2.0), "n", print_summary=True)
        assert tf.get_collection(tf.GraphKeys.SUMMARIES) == [summary]
    assert capfd.readouterr().err == "n[2]\n"


def test_printing_when_it_runs(capfd):
    with tf.Graph().as_default(), tf.Session() as session:
        summary = slim.summaries.add_scalar_summary(tf.constant(2.0), "n", "p", print_summary=True)
        assert capfd.readouterr().err == ""
        session.run(summary)
    assert capfd.readouterr().err == "p/n[2]\n"


def test_a_model_inside_a_module_can_be_compiled_and_summarized():
    def model(x):
        net = slim.fully_connected(x, 3, scope="fc")
        tf.summary.histogram("activations/fc", net)
        return net

    module = slim.Module(model)
    compiled = torch.compile(module, backend="eager")
    assert torch.equal(compiled(torch.ones(2, 4)), module(torch.ones(2, 4)))


# From tensors without a recorded graph to one


def test_tensors_outside_of_steps_stay_real_and_can_be_written():
    with tf.Graph().as_default() as graph:
        summary = tf.summary.scalar("s", torch.tensor(2.0))
        assert graph.recorder is None
        assert tf.Summary.FromString(bytes(summary)).value[0].simple_value == 2
        merged = tf.summary.merge_all()
        assert graph.recorder is None
        assert bytes(merged) == bytes(summary)


def test_what_was_summarized_before_the_graph_was_recorded_runs_in_a_session():
    with tf.Graph().as_default():
        variable = tf.get_variable("v", initializer=2.0)
        with tf.name_scope("n"):
            summary = tf.summary.scalar("s", variable * 2)
        merged = tf.summary.merge_all()
        with tf.Session() as session:
            session.run(variable.initializer)
            session.run(variable.assign(5.0))
            content, same = session.run([summary, merged])
            assert tf.Summary.FromString(content).value[0].simple_value == 10
            assert same == content
            assert (summary.op.name, summary.op.type) == ("n/s", "ScalarSummary")
            assert merged.op.name == "Merge/MergeSummary"
            other = tf.summary.scalar("s", variable)
            assert session.run(tf.summary.merge([summary, other])) == content + session.run(other)


def test_a_summary_of_a_step_is_no_operation():
    graph = tf.Graph()
    with graph.as_default():
        tf.placeholder(tf.float32)
        with graph.step():
            summary = tf.summary.scalar("s", torch.tensor(2.0))
        with pytest.raises(ValueError, match="add_summary"):
            summary.recorded()
        with tf.Session() as session:
            assert session.run(summary) == bytes(summary)
        assert bytes(tf.summary.merge_all()) == bytes(summary)


# Gradients


def test_gradients_without_a_value_are_logged(caplog):
    with tf.Graph().as_default(), caplog.at_level(logging.INFO, "slim_torch"):
        assert slim.summaries.add_gradients_summaries([(None, tf.get_variable("w", [2]))]) == []
    assert "Var w has no gradient" in caplog.text


def test_gradients_of_a_train_op_go_by_the_names_of_tensorflow():
    graph = tf.Graph()
    with graph.as_default(), graph.step():
        pairs = [(torch.tensor([3.0, 4.0]), tf.get_variable("a/w", [2]))]
        made = slim.summaries.summarize_gradients(pairs)
        found = tf.Summary.FromString(bytes(tf.summary.merge(made)))
    # As TensorFlow 1.15.5's create_train_op(summarize_gradients=True) names them.
    assert [v.tag for v in found.value] == [
        "summarize_grads/a/w_gradient",
        "summarize_grads/a/w_gradient_norm",
    ]
    assert found.value[1].simple_value == 5


def test_images_without_pillow_say_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    monkeypatch.setitem(sys.modules, "PIL", None)
    summary = tf.summary.image("im", torch.zeros(1, 2, 2, 1))
    with pytest.raises(ImportError, match="pillow"):
        bytes(summary)
