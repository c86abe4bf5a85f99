"""Two processes on the CPU, for real: what they train is what one process trains with the whole batches.

The programs are in `distributed_worker.py`; both processes run all of them, once.
"""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import distributed_worker as worker
import numpy as np
import pytest

from slim_torch import distributed

WORKER = Path(worker.__file__)


def run_two(program, *arguments):
    """Runs a program in two processes as torchrun would, and waits; fails with what they printed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    shared = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    processes = [
        subprocess.Popen(
            [sys.executable, program, *arguments],
            env={**os.environ, **shared, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(2)
    ]
    try:
        printed = [process.communicate(timeout=120)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0, 0], "\n".join(printed)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the processes write."""
    return tmp_path_factory.mktemp("distributed")


@pytest.fixture(scope="module")
def two(folder):
    """What each of the processes found."""
    run_two(WORKER, folder / "found")
    return [json.loads((folder / f"found{rank}").read_text()) for rank in range(2)]


def assert_close(found, expected, tolerance=1e-5):
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, tolerance, tolerance, err_msg=name)


def test_processes_know_their_place(two):
    assert [found["rank"] for found in two] == [0, 1]
    assert [found["world_size"] for found in two] == [2, 2]
    assert [found["is_chief"] for found in two] == [True, False]
    assert (distributed.rank(), distributed.world_size(), distributed.is_chief()) == (0, 1, True)


@pytest.mark.parametrize("program", ["of_a_function", "of_a_recorded_graph"])
def test_two_processes_follow_one_with_the_whole_batch(two, program):
    alone = getattr(worker, program)()
    for found in two:
        np.testing.assert_allclose(found[program]["losses"], alone["losses"], 1e-5)
        assert_close(found[program]["values"], alone["values"])
    assert alone["losses"][-1] != pytest.approx(alone["losses"][0], rel=1e-3)


def test_variables_stay_equal_in_all_processes(two):
    for program in ("of_a_function", "of_a_recorded_graph", "batch_norm", "sync_replicas"):
        assert two[0][program]["values"] == two[1][program]["values"], program


def test_a_recorded_graph_refuses_to_begin_with_different_values(two):
    for found in two:
        refused = found["of_a_recorded_graph"]["refused"]
        assert "['conv1/weights', " in refused
        assert "broadcast_variables" in refused


def test_moving_averages_are_those_of_the_chiefs_batches(two, monkeypatch):
    # The first step's statistics depend on nothing but the batch and the weights that all begin with.
    whole = worker.batch
    monkeypatch.setattr(worker, "batch", lambda step: [part[: worker.BATCH // 2] for part in whole(step)])
    alone = worker.batch_norm()["first"]
    averages = [name for name in alone if "moving" in name]
    assert len(averages) == 4
    for found in two:
        for name in averages:
            np.testing.assert_allclose(found["batch_norm"]["first"][name], alone[name], 1e-5, 1e-7)


def test_moving_averages_of_a_recorded_graph_are_the_chiefs(two):
    for found in two:
        facts = found["batch_norm_of_a_recorded_graph"]
        average = facts["values"]["norm/moving_mean"]
        expected = 0.5 * np.asarray(two[0]["batch_norm_of_a_recorded_graph"]["chief_mean"])
        np.testing.assert_allclose(average, expected, 1e-5, 1e-7)


def test_sync_replicas_collects_over_runs_and_processes(two, monkeypatch):
    # Four gradients in an update: two runs of two processes, or four runs of one with half the batch.
    whole, half = worker.batch, worker.BATCH // 2

    def halves(run):
        start = run % 2 * half
        return [part[start : start + half] for part in whole(run // 2)]

    monkeypatch.setattr(worker, "batch", halves)
    alone = worker.sync_replicas(2 * 4)
    assert alone["step"] == 2
    for found in two:
        assert found["sync_replicas"]["step"] == 2
        assert_close(found["sync_replicas"]["values"], alone["values"])
        losses = np.reshape(alone["losses"], [4, 2]).mean(1)
        np.testing.assert_allclose(found["sync_replicas"]["losses"], losses, 1e-5)


def test_metrics_speak_of_all_batches_and_then_of_ones_own_again(two):
    alone = worker.metrics()
    for found in two:
        assert_close(found["metrics"]["of_all"], alone["of_all"])
        assert found["metrics"]["own"] == found["metrics"]["again"]
    assert two[0]["metrics"]["own"] != two[1]["metrics"]["own"]


def test_any_process_asks_all(two):
    assert [found["any"] for found in two] == [[True, False], [True, False]]


def test_a_loss_that_is_not_finite_in_one_process_is_an_error_in_all(two):
    for found in two:
        assert found["not_a_number"].startswith("LossTensor is inf or nan : the total loss is nan")
    assert "in the result of log" in two[1]["not_a_number"]


def test_only_the_chief_writes_checkpoints(two, folder):
    assert (folder / "found_whole0" / "checkpoint").is_file()
    assert list((folder / "found_whole0").glob("model.ckpt-6*"))
    assert not (folder / "found_whole1").exists()


def test_training_goes_on_from_the_chiefs_checkpoint(two):
    for found in two:
        assert found["half"]["values"]["global_step"] == [3]
        assert found["parts"]["values"]["global_step"] == [6]
        # The second process had no checkpoint in its folder, only what the chief told it.
        assert found["parts"] == found["whole"]
    assert two[0]["whole"] == two[1]["whole"]


def test_initialize_says_how_to_start(monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(RuntimeError, match=r"RANK.*torchrun"):
        distributed.initialize()
