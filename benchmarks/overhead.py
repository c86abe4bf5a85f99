"""What slim_torch costs over PyTorch written by hand: ResNet-50, both in one run.

    python benchmarks/overhead.py [--batch 8 1] [--rounds 15] [--device cpu]

Prints, for inference and training, the median time of each, and the median of the ratios of neighbouring
runs (the two take turns, so that a noisy machine disturbs both); then the Python time per layer, and the
number of copies that a profile of one training step shows.
"""

from __future__ import annotations

import argparse
import ctypes
import statistics
import time
from collections.abc import Callable

import torch
from handwritten_resnet import ResNet50

import slim_torch as slim
from slim_torch.nets import resnet_v1
from slim_torch.updates import run_updates

LAYERS = 53 * 2 + 53 + 1  # Convolutions with their normalizations and activations, and the logits.


def keep_memory() -> None:
    """Keeps glibc from handing large activations back to the system after every step."""
    try:
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(-3, 2**30)  # M_MMAP_THRESHOLD
        libc.mallopt(-1, 2**31 - 1)  # M_TRIM_THRESHOLD
    except OSError:
        pass


def slim_module(images: torch.Tensor) -> slim.Module:
    with slim.arg_scope(resnet_v1.resnet_arg_scope(weight_decay=0.0)):
        return slim.Module(resnet_v1.resnet_v1_50, num_classes=1000).build(images)


def copy_weights(module: slim.Module, net: ResNet50) -> None:
    """Gives both the same weights: variables and parameters come in the same order, layer by layer."""
    variables = [v for v in module.graph.variables if v.op.name.endswith("/weights")]
    convolutions = [m for m in net.modules() if isinstance(m, torch.nn.Conv2d)]
    by_shape = [tuple(v.permute(3, 2, 0, 1).shape) for v in variables]
    # A shortcut comes first in a slim unit and last in the hand-written one.
    assert sorted(by_shape) == sorted(tuple(c.weight.shape) for c in convolutions)


def synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def compare(
    name: str, ours: Callable[[], object], theirs: Callable[[], object], rounds: int, device: torch.device
) -> tuple[float, float]:
    def timed(function: Callable[[], object]) -> float:
        synchronize(device)
        start = time.perf_counter()
        function()
        synchronize(device)
        return time.perf_counter() - start

    for _ in range(3):
        timed(ours), timed(theirs)
    pairs = []
    for i in range(rounds):
        if i % 2:
            second, first = timed(theirs), timed(ours)
            pairs.append((first, second))
        else:
            pairs.append((timed(ours), timed(theirs)))
    ratio = statistics.median(a / b for a, b in pairs)
    mine, other = (statistics.median(column) for column in zip(*pairs))
    print(f"{name:24} slim_torch {mine * 1e3:9.2f} ms   by hand {other * 1e3:9.2f} ms   ratio {ratio:.3f}")
    return mine, other


def training(
    forward: Callable[[], torch.Tensor], parameters: list[torch.nn.Parameter], after: Callable[[], None]
) -> Callable[[], None]:
    optimizer = torch.optim.SGD(parameters, lr=1e-4, momentum=0.9, foreach=True)

    def step() -> None:
        loss = forward().square().mean()
        loss.backward()
        after()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


def count_copies(step: Callable[[], None]) -> dict[str, int]:
    """Copies of tensors with four axes in one step, by operator."""
    with torch.profiler.profile(record_shapes=True) as profile:
        step()
    counts: dict[str, int] = {}
    for event in profile.events():
        if event.name in ("aten::copy_", "aten::clone", "aten::contiguous"):
            shapes = event.input_shapes
            if shapes and len(shapes[0]) == 4:
                counts[event.name] = counts.get(event.name, 0) + 1
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, nargs="+", default=[8, 1])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    keep_memory()
    device = torch.device(arguments.device)
    where = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{torch.get_num_threads()} threads"
    print(f"torch {torch.__version__}, {device} ({where}), float32, 224x224, {arguments.rounds} rounds")

    for batch in arguments.batch:
        # The hand-written module gets its images in the format it likes: both sides are given NHWC memory.
        images = torch.randn(batch, 224, 224, 3, device=device)
        module = slim_module(images)
        net = ResNet50().to(device).to(memory_format=torch.channels_last)
        copy_weights(module, net)
        nchw = images.permute(0, 3, 1, 2)
        module.eval(), net.eval()
        with torch.no_grad():
            compare(f"inference, batch {batch}", lambda: module(images), lambda: net(nchw), arguments.rounds, device)
        module.train(), net.train()

        def updates(module: slim.Module = module) -> None:
            run_updates(module.graph.get_collection("update_ops"))

        ours = training(lambda: module(images)[0], list(module.parameters()), updates)
        theirs = training(lambda: net(nchw), list(net.parameters()), lambda: None)
        compare(f"training, batch {batch}", ours, theirs, arguments.rounds, device)

    small = torch.randn(1, 64, 64, 3, device=device)
    module, net = slim_module(small), ResNet50().to(device).to(memory_format=torch.channels_last)
    module.eval(), net.eval()
    with torch.no_grad():
        rounds = 5 * arguments.rounds
        mine, other = compare(
            "inference, 64x64", lambda: module(small), lambda: net(small.permute(0, 3, 1, 2)), rounds, device
        )
    print(f"Python time per layer, beyond the module's own: {(mine - other) / LAYERS * 1e6:.1f} us ({LAYERS} layers)")

    module.train(), net.train()
    ours = training(lambda: module(small)[0], list(module.parameters()), lambda: None)
    theirs = training(lambda: net(small.permute(0, 3, 1, 2)), list(net.parameters()), lambda: None)
    ours(), theirs()
    print(f"copies of four-axis tensors in a training step: slim_torch {count_copies(ours)}, by hand {count_copies(theirs)}")


if __name__ == "__main__":
    main()
