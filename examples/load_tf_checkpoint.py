"""Goes on with a model that TensorFlow trained: read, test, fine-tune, export. TensorFlow is not needed.

`tf_checkpoint/` holds a digit classifier that TensorFlow 1.15.5 and the original TF-Slim trained
(`train_with_tensorflow.py` there), as a checkpoint in both of TensorFlow's formats. Here the same model code
runs on PyTorch: it must read exactly as many of the 360 test digits right as TensorFlow said; then it is
trained some more, and written as safetensors. Takes some seconds.

    python examples/load_tf_checkpoint.py
    python examples/load_tf_checkpoint.py --checkpoint examples/tf_checkpoint/v1/model.ckpt-300
"""

import argparse
import functools
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import safetensors.torch
import torch

import slim_torch as slim
from slim_torch import checkpoint, tf

HERE = Path(__file__).parent
TEST_DIGITS = 360


def network(images: torch.Tensor, is_training: bool) -> torch.Tensor:
    """Logits `[batch, 10]` for images `[batch, 8, 8, 1]`: TensorFlow's code, letter for letter."""
    batch_norm = {"is_training": is_training, "decay": 0.9}
    with slim.arg_scope(
        [slim.conv2d, slim.fully_connected],
        normalizer_fn=slim.batch_norm,
        normalizer_params=batch_norm,
        weights_regularizer=slim.l2_regularizer(1e-3),
    ):
        with tf.variable_scope("digits"):
            net = slim.conv2d(images, 16, [3, 3], scope="conv1")
            net = slim.conv2d(net, 16, [3, 3], stride=2, scope="conv2")
            net = slim.conv2d(net, 32, [3, 3], stride=2, scope="conv3")
            net = slim.fully_connected(slim.flatten(net), 64, scope="fc4")
            return slim.fully_connected(net, 10, activation_fn=None, normalizer_fn=None, scope="logits")


def load_digits() -> tuple[torch.Tensor, torch.Tensor]:
    """The images `[1797, 8, 8, 1]` in [-1, 1], and the labels `[1797]`."""
    with np.load(HERE / "data" / "digits.npz", allow_pickle=False) as data:
        images, labels = data["images"], data["labels"]
    return torch.from_numpy(images[..., None] / np.float32(8) - 1), torch.from_numpy(labels.astype(np.int64))


def evaluate(images: torch.Tensor, labels: torch.Tensor) -> tuple[int, float]:
    """How many of the digits the network reads right, and the mean loss."""
    with tf.get_default_graph().step(), torch.no_grad():
        logits = network(images, is_training=False)
    loss = torch.nn.functional.cross_entropy(logits, labels)
    return int((logits.argmax(1) == labels).sum()), loss.item()


def random_batches(
    images: torch.Tensor, labels: torch.Tensor, size: int
) -> Iterator[tuple[torch.Tensor, ...]]:
    """Batches without end, drawn at random."""
    generator = torch.Generator().manual_seed(0)
    while True:
        chosen = torch.randint(len(images), (size,), generator=generator)
        yield images[chosen], labels[chosen]


def fine_tune(images: torch.Tensor, labels: torch.Tensor, steps: int, source: str, logdir: str) -> None:
    """Trains on from what `source` holds."""
    data = slim.learning.batches(random_batches(images, labels, 128))

    def total_loss() -> torch.Tensor:
        batch_images, batch_labels = next(data)
        logits = network(batch_images, is_training=True)
        slim.losses.sparse_softmax_cross_entropy(logits, batch_labels)
        return slim.losses.get_total_loss()

    # The global step is restored too, so counting goes on where TensorFlow stopped.
    start = int(checkpoint.load_variable(source, "global_step"))
    optimizer = functools.partial(torch.optim.SGD, lr=0.02, momentum=0.9)
    train_op = slim.learning.create_train_op(total_loss, optimizer)
    init_fn = slim.assign_from_checkpoint_fn(source, slim.get_variables_to_restore())
    slim.learning.train(
        train_op, logdir, number_of_steps=start + steps, log_every_n_steps=100, init_fn=init_fn
    )


def run(source: str, steps: int, folder: str) -> bool:
    """Reads, tests, fine-tunes and exports; prints the table. Whether all is as it should be."""
    images, labels = load_digits()
    test_images, test_labels = images[-TEST_DIGITS:], labels[-TEST_DIGITS:]
    reader = checkpoint.load_checkpoint(source)
    said = json.loads((HERE / "tf_checkpoint" / "accuracy.json").read_text())
    with tf.Graph().as_default():
        evaluate(test_images[:1], test_labels[:1])  # makes the variables
        slim.assign_from_checkpoint_fn(source, slim.get_model_variables())()
        right, loss = evaluate(test_images, test_labels)
        fine_tune(images[:-TEST_DIGITS], labels[:-TEST_DIGITS], steps, source, folder)
        tuned_right, tuned_loss = evaluate(test_images, test_labels)
        exported = Path(folder) / "digits.safetensors"
        latest = checkpoint.latest_checkpoint(folder)
        assert latest is not None
        checkpoint.convert(latest, exported, only_model_variables=True)
        # Any program that reads safetensors files reads this one.
        tensors = safetensors.torch.load_file(exported)
        unchanged = all(torch.equal(tensors[v.op.name], v.detach()) for v in slim.get_model_variables())
    rows = [
        ("checkpoint", f"{source} ({reader.kind}, {len(reader)} tensors)"),
        (f"right of {TEST_DIGITS}, said TensorFlow", f"{said['right']} (loss {said['loss']:.4f})"),
        ("right here", f"{right} (loss {loss:.4f})"),
        (f"right after {steps} more steps", f"{tuned_right} (loss {tuned_loss:.4f})"),
        ("exported", f"{exported} ({len(tensors)} tensors)"),
    ]
    print()
    for name, value in rows:
        print(f"{name:<32}{value}")
    failures = []
    if right != said["right"] or abs(loss - said["loss"]) > 1e-4:
        failures.append("the network does not do what it did in TensorFlow")
    if tuned_loss >= loss:
        failures.append("training on did not lower the loss")
    if not unchanged:
        failures.append("the exported file does not hold the variables")
    for failure in failures:
        print(f"FAILED: {failure}.", file=sys.stderr)
    return not failures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    default = HERE / "tf_checkpoint" / "v2" / "model.ckpt-300"
    parser.add_argument("--checkpoint", default=str(default), help="to start from (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=200, help="of fine-tuning (default: %(default)s)")
    parser.add_argument("--folder", help="for checkpoints and the exported file (default: a new one)")
    arguments = parser.parse_args()
    folder = arguments.folder or tempfile.mkdtemp(prefix="digits-")
    return 0 if run(arguments.checkpoint, arguments.steps, folder) else 1


if __name__ == "__main__":
    sys.exit(main())
