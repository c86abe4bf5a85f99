"""deployment.model_deploy: names and numbers are those that TensorFlow 1.15.5 makes of the same code.

`golden/model_deploy.json` holds the facts; regenerate it with `golden/make_model_deploy.py`.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import slim_torch as slim
from slim_torch import tf
from slim_torch.deployment import model_deploy
from slim_torch.graph import Graph

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))

import model_deploy_programs as programs  # noqa: E402

FACTS = json.loads((GOLDEN / "model_deploy.json").read_text())


def assert_agree(found, expected, where):
    """Equal structures and strings; numbers up to float32's rounding."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys(), where
        for key, value in expected.items():
            assert_agree(found[key], value, f"{where}.{key}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), f"{where}: {found} instead of {expected}"
        for place, value in enumerate(expected):
            assert_agree(found[place], value, f"{where}[{place}]")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-5, abs=1e-6), where
    else:
        assert found == expected, where


@pytest.mark.parametrize("name", programs.PROGRAMS)
def test_program_gives_what_tensorflow_gives(name):
    with Graph().as_default():
        found = programs.PROGRAMS[name](tf, slim, model_deploy)
    assert_agree(found, FACTS[name], name)


def test_variables_are_dealt_out_to_parameter_servers():
    class Node:
        device, op = "", "VariableV2"

    config = model_deploy.DeploymentConfig(num_clones=1, num_ps_tasks=2)
    choose = config.variables_device()
    tasks = [choose(Node()) for _ in range(3)]
    assert tasks == [f"/job:ps/task:{task}/device:CPU:0" for task in (0, 1, 0)]


def test_clones_of_real_tensors_share_the_batch():
    # In a step the same functions compute at once: the gradients of two halves are those of the whole.
    with Graph().as_default() as graph:
        gradients = {}
        for clones in (1, 2):
            with graph.step():
                halves = iter(np.split(programs.INPUTS, clones)), iter(np.split(programs.LABELS, clones))

                def next_batch(halves=halves):
                    inputs, labels = (torch.as_tensor(next(half)) for half in halves)
                    return programs.model(tf, slim, normalized=False)(inputs, labels)

                made = model_deploy.create_clones(
                    model_deploy.DeploymentConfig(num_clones=clones), next_batch
                )
                optimizer = tf.train.GradientDescentOptimizer(0.1)
                loss, pairs = model_deploy.optimize_clones(made, optimizer)
                gradients[clones] = [loss.item(), *(pair[0].numpy() for pair in pairs)]
        assert len(graph.variables) == 2
    for one, two in zip(gradients[1], gradients[2], strict=True):
        np.testing.assert_allclose(two, one, 1e-5, 1e-6)
