"""What `slim.learning.train` costs over a bare loop, around a step of about one millisecond.

    python benchmarks/train_loop.py [--steps 2000] [--log 10]

For the train op of a function and a recorded one. Within one run of `train`, which has a folder, each turn first calls
`train_op()`, or `session.run(train_op)`, as a bare loop would, and then makes a step of `train`, measured until its
next turn begins. Times are processor time of one thread, in microseconds: medians, and the median of the differences
of neighbours, so that a noisy machine disturbs both alike.
"""

from __future__ import annotations

import argparse
import logging
import os
import statistics
import tempfile
import time
from typing import Any

import torch

import slim_torch as slim
from slim_torch import tf

SIZE = 300


def network(images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    net = slim.fully_connected(images, SIZE, scope="fc1")
    logits = slim.fully_connected(net, 10, activation_fn=None, scope="logits")
    slim.losses.sparse_softmax_cross_entropy(logits, labels)
    return slim.losses.get_total_loss()


def compare(name: str, train_op: Any, steps: int, log: int) -> None:
    """Prints the times of a bare step, and of one of `train`."""
    bare: list[float] = []
    ours: list[float] = []
    begun: list[float] = []

    def step(session: Any, op: Any, *arguments: Any) -> tuple[Any, Any]:
        start = time.process_time()
        if begun:
            ours.append(start - begun.pop())
        session.run(op)
        begun.append(time.process_time())
        bare.append(begun[0] - start)
        return slim.learning.train_step(session, op, *arguments)

    with tempfile.TemporaryDirectory() as logdir:
        slim.learning.train(train_op, logdir, step, log_every_n_steps=log, number_of_steps=2 * steps)
    pairs = list(zip(bare, ours))[steps // 10 :]
    theirs = statistics.median(before for before, _ in pairs)
    mine = statistics.median(after for _, after in pairs)
    more = statistics.median(after - before for before, after in pairs)
    print(
        f"{name:<10}{1e6 * theirs:>8.0f}{1e6 * mine:>8.0f}{1e6 * more:>8.0f}{more / theirs:>8.1%}", flush=True
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--log", type=int, default=10, help="log_every_n_steps (default: %(default)s)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    logging.getLogger("slim_torch").addHandler(logging.FileHandler(os.devnull))
    logging.getLogger("slim_torch").setLevel(logging.INFO)
    images, labels = torch.randn(64, SIZE), torch.randint(10, (64,))
    print(f"{'train op':<10}{'bare':>8}{'train':>8}{'more':>8}{'more':>8}")
    with tf.Graph().as_default():
        function = slim.learning.create_train_op(
            lambda: network(images, labels), tf.train.GradientDescentOptimizer(0.01)
        )
        compare("function", function, arguments.steps, arguments.log)
    with tf.Graph().as_default():
        loss = network(tf.constant(images.numpy()), tf.constant(labels.numpy()))
        recorded = slim.learning.create_train_op(loss, tf.train.GradientDescentOptimizer(0.01))
        compare("recorded", recorded, arguments.steps, arguments.log)


if __name__ == "__main__":
    main()
