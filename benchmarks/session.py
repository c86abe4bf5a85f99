"""ResNet-50 run by a session, against the same model eagerly and PyTorch written by hand, in one run.

    python benchmarks/session.py [--batch 8 1] [--rounds 15] [--device cpu] [--compile] [--memory 1000]

Prints the median time of each and the median of the ratios of neighbouring runs (they take turns, so that a
noisy machine disturbs all alike). `--compile` adds the session with `compile=True` and the compiled module.
`--memory N` runs a small model N times and prints the process's resident memory on the way.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from handwritten_resnet import ResNet50
from overhead import keep_memory, slim_module, synchronize

import slim_torch as slim
from slim_torch import tf
from slim_torch.nets import resnet_v1


def session_run(images: torch.Tensor, module: slim.Module, compiled: bool) -> Callable[[], object]:
    """A call that runs the recorded model, with the weights of `module`, on the images."""
    graph = tf.Graph()
    with graph.as_default(), slim.arg_scope(resnet_v1.resnet_arg_scope(weight_decay=0.0)):
        # PyTorch's compiler takes very long over many strided convolutions of unknown height and width.
        size = images.shape[1] if compiled else None
        inputs = tf.placeholder(tf.float32, [None, size, size, 3])
        logits, _ = resnet_v1.resnet_v1_50(inputs, num_classes=1000, is_training=False)
        session = tf.Session(config=tf.ConfigProto(compile=compiled, device=str(images.device)))
        values = {variable.op.name: variable for variable in module.graph.variables}
        for variable in tf.global_variables():
            variable.load(values[variable.op.name].detach().cpu().numpy(), session)
    run = session.make_callable(logits, [inputs])
    return lambda: run(images)


def compare(
    name: str, calls: dict[str, Callable[[], object]], first: str, rounds: int, device: torch.device
) -> None:
    """Prints the times of all calls, and the ratio of `first` to each of the others."""

    def timed(function: Callable[[], object]) -> float:
        function()  # finds the others' traces in the caches: not timed
        synchronize(device)
        start = time.perf_counter()
        function()
        synchronize(device)
        return time.perf_counter() - start

    for function in calls.values():
        for _ in range(3):
            timed(function)
    times: dict[str, list[float]] = {key: [] for key in calls}
    for i in range(rounds):
        for key in list(calls) if i % 2 else list(calls)[::-1]:
            times[key].append(timed(calls[key]))
    shown = "   ".join(f"{key} {statistics.median(values) * 1e3:8.2f} ms" for key, values in times.items())
    ratios = "   ".join(
        f"{first}/{key} {statistics.median(a / b for a, b in zip(times[first], values)):.3f}"
        for key, values in times.items()
        if key != first
    )
    print(f"{name}: {shown}\n    {ratios}")


def measure(batch: int, rounds: int, device: torch.device, compiled: bool) -> None:
    images = torch.randn(batch, 224, 224, 3, device=device)
    nchw = images.permute(0, 3, 1, 2)
    module = slim_module(images).eval()
    net = ResNet50().to(device).to(memory_format=torch.channels_last).eval()

    def without_gradients(function: Callable[[], object]) -> Callable[[], object]:
        def call() -> object:
            with torch.no_grad():
                return function()

        return call

    calls = {
        "session": session_run(images, module, compiled=False),
        "eager": without_gradients(lambda: module(images)),
        "by hand": without_gradients(lambda: net(nchw)),
    }
    compare(f"inference, batch {batch}", calls, "session", rounds, device)
    if compiled:
        fast = torch.compile(net)
        calls = {
            "session": session_run(images, module, compiled=True),
            "module": without_gradients(lambda: fast(nchw)),
        }
        compare(f"compiled inference, batch {batch}", calls, "session", rounds, device)


def resident_memory() -> float:
    """Of this process, in MB."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


def measure_memory(runs: int) -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [None, 64, 64, 3])
        labels = tf.placeholder(tf.int64, [None])
        net = slim.conv2d(x, 32, [3, 3], normalizer_fn=slim.batch_norm)
        net = slim.flatten(slim.avg_pool2d(slim.conv2d(net, 32, [3, 3]), [8, 8], stride=8))
        loss = slim.losses.sparse_softmax_cross_entropy(
            slim.fully_connected(net, 10, activation_fn=None), labels
        )
        train_op = slim.learning.create_train_op(loss, tf.train.MomentumOptimizer(0.01, 0.9))
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            random = np.random.RandomState(0)
            for i in range(runs + 1):
                feed = {x: random.rand(8, 64, 64, 3), labels: random.randint(10, size=8)}
                session.run([loss, net] if i % 2 else [train_op, loss], feed)
                if i % max(runs // 5, 1) == 0:
                    gc.collect()
                    print(f"after {i:5} runs: {resident_memory():8.1f} MB resident")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--batch", type=int, nargs="+", default=[8, 1])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--memory", type=int, default=0)
    arguments = parser.parse_args()
    keep_memory()
    device = torch.device(arguments.device)
    print(f"torch {torch.__version__}, {device}, {torch.get_num_threads()} threads, float32")
    for batch in arguments.batch:
        measure(batch, arguments.rounds, device, arguments.compile)
    if arguments.memory:
        measure_memory(arguments.memory)


if __name__ == "__main__":
    main()
