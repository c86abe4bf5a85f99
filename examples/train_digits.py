"""Trains a small slim network on real handwritten digits, and checks it on digits it has not seen.

A LeNet-like network with batch norm learns 1,437 of the 1,797 digits in `data/digits.npz` through
`slim.learning.train`. The other 360 test it, with the moving averages in place of batch statistics; then
the last checkpoint is read into a fresh graph, which must do exactly as well. Takes well under a minute
on two CPU cores. Ends with an error when fewer than 97 % of the test digits are read.

    python examples/train_digits.py
    python examples/train_digits.py --steps 200 --logdir /tmp/digits
"""

import argparse
import functools
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

import slim_torch as slim
from slim_torch import checkpoint, tf

DATA = Path(__file__).parent / "data" / "digits.npz"
TEST_DIGITS = 360
GOAL = 0.97


def load_digits() -> tuple[torch.Tensor, torch.Tensor]:
    """The images `[1797, 8, 8, 1]` in [-1, 1], and the labels `[1797]`."""
    with np.load(DATA, allow_pickle=False) as data:
        images, labels = data["images"], data["labels"]
    return torch.from_numpy(images[..., None] / np.float32(8) - 1), torch.from_numpy(labels.astype(np.int64))


def lenet_arg_scope(is_training: bool) -> dict:
    """The defaults of the network's layers: batch norm, weight decay, and training or not."""
    with (
        slim.arg_scope(
            [slim.conv2d, slim.fully_connected],
            weights_regularizer=slim.l2_regularizer(2e-3),
            normalizer_fn=slim.batch_norm,
        ),
        slim.arg_scope([slim.batch_norm], decay=0.95, is_training=is_training),
        slim.arg_scope([slim.dropout], keep_prob=0.7, is_training=is_training) as scope,
    ):
        return scope


def lenet(images: torch.Tensor, num_classes: int = 10) -> torch.Tensor:
    """Logits `[batch, num_classes]` for images `[batch, 8, 8, 1]`."""
    with tf.variable_scope("LeNet"):
        net = slim.conv2d(images, 32, [3, 3], scope="conv1")
        net = slim.conv2d(net, 32, [3, 3], scope="conv2")
        net = slim.max_pool2d(net, [2, 2], scope="pool2")
        net = slim.conv2d(net, 64, [3, 3], scope="conv3")
        net = slim.max_pool2d(net, [2, 2], scope="pool3")
        net = slim.flatten(net)
        net = slim.fully_connected(net, 128, scope="fc4")
        net = slim.dropout(net, scope="dropout4")
        return slim.fully_connected(net, num_classes, activation_fn=None, normalizer_fn=None, scope="logits")


def random_batches(
    images: torch.Tensor, labels: torch.Tensor, size: int, seed: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Batches without end: every digit once per pass, in a new order, moved by up to a pixel."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        order = torch.randperm(len(images), generator=generator)
        for start in range(0, len(images) - size + 1, size):
            chosen = order[start : start + size]
            yield shifted(images[chosen], generator), labels[chosen]


def shifted(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Each image moved by -1, 0 or 1 pixel in both directions; paper moves in at the edges."""
    count, height, width, _ = images.shape
    padded = torch.nn.functional.pad(images, (0, 0, 1, 1, 1, 1), value=-1.0)
    rows = torch.randint(0, 3, (count, 1, 1), generator=generator) + torch.arange(height)[:, None]
    columns = torch.randint(0, 3, (count, 1, 1), generator=generator) + torch.arange(width)
    return padded[torch.arange(count)[:, None, None], rows, columns]


def decaying_adam(variables: list[tf.Variable], steps: int, rate: float = 3e-3) -> torch.optim.Adam:
    """Adam whose rate falls in a straight line to zero, by the global step, so also when training resumes."""
    optimizer = torch.optim.Adam(variables, lr=rate)
    global_step = slim.get_or_create_global_step()

    def set_rate(*_: object) -> None:
        optimizer.param_groups[0]["lr"] = rate * max(1 - int(global_step) / steps, 0)

    optimizer.register_step_pre_hook(set_rate)
    return optimizer


def accuracy(images: torch.Tensor, labels: torch.Tensor) -> float:
    """The share of digits that the network of the default graph reads right."""
    with tf.get_default_graph().step(), torch.no_grad(), slim.arg_scope(lenet_arg_scope(is_training=False)):
        predictions = lenet(images).argmax(1)
    return (predictions == labels).float().mean().item()


def accuracy_of_checkpoint(logdir: str, images: torch.Tensor, labels: torch.Tensor) -> float:
    """The same for the latest checkpoint in `logdir`, read into a graph of its own."""
    path = checkpoint.latest_checkpoint(logdir)
    if path is None:
        sys.exit(f"There is no checkpoint in {logdir}.")
    with tf.Graph().as_default():
        accuracy(images[:1], labels[:1])  # makes the variables
        slim.assign_from_checkpoint_fn(path, slim.get_model_variables())()
        return accuracy(images, labels)


def run(steps: int, logdir: str, batch_size: int, seed: int) -> bool:
    """Trains, tests and prints the table. Whether the goal was reached."""
    images, labels = load_digits()
    train_images, train_labels = images[:-TEST_DIGITS], labels[:-TEST_DIGITS]
    test_images, test_labels = images[-TEST_DIGITS:], labels[-TEST_DIGITS:]
    torch.manual_seed(seed)
    with tf.Graph().as_default():
        tf.set_random_seed(seed)
        data = slim.learning.batches(random_batches(train_images, train_labels, batch_size, seed))

        def total_loss() -> torch.Tensor:
            batch_images, batch_labels = next(data)
            with slim.arg_scope(lenet_arg_scope(is_training=True)):
                logits = lenet(batch_images)
            slim.losses.softmax_cross_entropy(
                logits, slim.one_hot_encoding(batch_labels, 10), label_smoothing=0.1
            )
            return slim.losses.get_total_loss()

        train_op = slim.learning.create_train_op(total_loss, functools.partial(decaying_adam, steps=steps))
        started = time.monotonic()
        last_loss = slim.learning.train(
            train_op,
            logdir,
            number_of_steps=steps,
            log_every_n_steps=max(steps // 20, 1),
            save_interval_secs=15,
        )
        seconds = time.monotonic() - started
        parameters = sum(variable.numel() for variable in slim.get_trainable_variables())
        on_training = accuracy(train_images, train_labels)
        on_test = accuracy(test_images, test_labels)
    reloaded = accuracy_of_checkpoint(logdir, test_images, test_labels)
    rows = [
        ("trainable parameters", f"{parameters:,}"),
        ("training steps", f"{steps} of {batch_size} digits"),
        ("training time", f"{seconds:.1f} s"),
        ("last training loss", f"{last_loss:.4f}"),
        (f"accuracy on {len(train_images)} training digits", f"{on_training:.2%}"),
        (f"accuracy on {len(test_images)} test digits", f"{on_test:.2%}"),
        ("the same, checkpoint in a fresh graph", f"{reloaded:.2%}"),
        ("checkpoints", logdir),
    ]
    print()
    for name, value in rows:
        print(f"{name:<40}{value}")
    if reloaded != on_test:
        print(
            "FAILED: the reloaded checkpoint does not give the accuracy of the trained network.",
            file=sys.stderr,
        )
    if on_test < GOAL:
        print(f"FAILED: the accuracy on the test digits is below {GOAL:.0%}.", file=sys.stderr)
    return reloaded == on_test and on_test >= GOAL


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--steps", type=int, default=600, help="training steps (default: %(default)s)")
    parser.add_argument(
        "--logdir", help="folder of the checkpoints; training resumes from it (default: a new one)"
    )
    parser.add_argument("--batch_size", type=int, default=128, help="digits per step (default: %(default)s)")
    parser.add_argument(
        "--seed", type=int, default=0, help="of initial values, order and dropout (default: %(default)s)"
    )
    arguments = parser.parse_args()
    # Too small a network to share out: a second thread gains nothing, and loses much on a busy machine.
    torch.set_num_threads(1)
    logdir = arguments.logdir or tempfile.mkdtemp(prefix="digits-")
    return 0 if run(arguments.steps, logdir, arguments.batch_size, arguments.seed) else 1


if __name__ == "__main__":
    sys.exit(main())
