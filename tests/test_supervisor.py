"""Supervisors, session managers, and values from outside: programs that TensorFlow 1.15.5 was asked too (`golden/make_supervisor.py`)."""

import json
import sys
from pathlib import Path

import pytest

import slim_torch as slim
from slim_torch import tf

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))

import session_registry  # noqa: E402
import supervisor_programs  # noqa: E402

EXPECTED = json.loads((GOLDEN / "supervisor.json").read_text())
NAMES = [name for name in supervisor_programs.PROGRAMS if not name.startswith("coordinator")]


@pytest.mark.parametrize("name", NAMES)
def test_program(name):
    assert session_registry.run(supervisor_programs.PROGRAMS[name], tf, slim) == EXPECTED[name]


def test_every_program_has_an_answer():
    assert set(EXPECTED) == set(supervisor_programs.PROGRAMS)


@pytest.mark.parametrize("name", ["import_meta_graph", "export_meta_graph", "ClusterSpec", "Server"])
def test_what_is_not_supported_says_what_to_do(name):
    with pytest.raises(
        NotImplementedError, match=f"tf.train.{name} is not supported.*(Saver|torch.distributed)"
    ):
        getattr(tf.train, name)("something")


def test_only_the_chief_starts_services(tmp_path):
    with tf.Graph().as_default():
        tf.get_variable("v", initializer=1.0)
        keeper = tf.train.Supervisor(is_chief=False, logdir=tmp_path, recovery_wait_secs=0.05)
        with pytest.raises(RuntimeError, match="Only the chief"):
            keeper.start_standard_services(tf.Session())
        with pytest.raises(tf.errors.DeadlineExceededError):
            keeper.prepare_or_wait_for_session(max_wait_secs=0.1)


def test_a_saver_refuses_a_session_of_another_graph(tmp_path):
    with tf.Graph().as_default():
        other = tf.Session()
    with tf.Graph().as_default():
        tf.get_variable("v", initializer=1.0)
        tf.constant(1.0)
        with pytest.raises(ValueError, match="another graph"):
            tf.train.Saver().save(other, tmp_path / "model.ckpt")


def test_a_recorded_step_needs_a_session(tmp_path):
    with tf.Graph().as_default():
        tf.get_variable("v", initializer=1.0)
        with pytest.raises(ValueError, match="Pass sess"):
            tf.train.Saver().save(None, tmp_path / "model.ckpt", global_step=tf.placeholder(tf.int64, []))
