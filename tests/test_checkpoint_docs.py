"""The Python examples of `docs/checkpoints.md` run, on the checkpoint in `examples/`."""

import functools
import os
import re
from pathlib import Path

import torch

import slim_torch as slim
from slim_torch import tf
from slim_torch.graph import Graph

ROOT = Path(__file__).parents[1]


def network(images, is_training=True):
    with slim.arg_scope(
        [slim.conv2d, slim.fully_connected],
        normalizer_fn=slim.batch_norm,
        normalizer_params={"is_training": is_training},
    ):
        with tf.variable_scope("digits"):
            net = slim.conv2d(images, 16, [3, 3], scope="conv1")
            net = slim.conv2d(net, 16, [3, 3], stride=2, scope="conv2")
            net = slim.conv2d(net, 32, [3, 3], stride=2, scope="conv3")
            net = slim.fully_connected(slim.flatten(net), 64, scope="fc4")
            return slim.fully_connected(net, 10, activation_fn=None, normalizer_fn=None, scope="logits")


def test_examples_of_the_page_run(tmp_path):
    images = torch.zeros(4, 8, 8, 1)
    given = {
        "Graph": Graph,
        "images": images,
        "logdir": os.fspath(tmp_path),
        "network": network,
        "optimizer": functools.partial(torch.optim.SGD, lr=0.1),
        "path": os.fspath(ROOT / "examples" / "tf_checkpoint" / "v1" / "model.ckpt-300"),
        "total_loss": lambda: network(images, is_training=True).square().mean(),
    }
    page = (ROOT / "docs" / "checkpoints.md").read_text()
    examples = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(examples) == 6
    for example in examples:
        exec(example, given)
    assert given["slots"]["digits/conv1/weights"] == {"Momentum": "digits/conv1/weights/Momentum"}
    assert given["prefix"] == os.path.join(tmp_path, "model.ckpt-7")
