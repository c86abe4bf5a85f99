"""What slim_torch costs over PyTorch written by hand: ResNet-50, both in one run.

    python benchmarks/overhead.py [--batch 8 1] [--rounds 15] [--device cpu]

Prints, for inference and training, the median time of each, and the median of the ratios of neighbouring
runs (the two take turns, so that a noisy machine disturbs both; each timed run follows one of its own); then the Python time per layer, and the
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
        libc.mallopt(-3, 2**25)  # M_MMAP_THRESHOLD: the most that glibc takes
        libc.mallopt(-1, 2**31 - 1)  # M_TRIM_THRESHOLD
    except OSError:
        pass


def slim_module(images: torch.Tensor) -> slim.Module:
    with slim.arg_scope(resnet_v1.resnet_arg_scope(weight_decay=0.0)):
        return slim.Module(resnet_v1.resnet_v1_50, num_classes=1000).build(images)


def synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def compare(
    name: str, ours: Callable[[], object], theirs: Callable[[], object], rounds: int, device: torch.device
) -> tuple[float, float]:
    def timed(function: Callable[[], object]) -> float:
        function()  # finds the other one's traces in the caches: not timed
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


def measure(batch: int, size: int, rounds: int, device: torch.device, train: bool = True) -> float:
    """Prints the comparison for one batch size; returns the difference in inference, in seconds."""
    # Both sides are given the same memory: NHWC is what channels_last is.
    images = torch.randn(batch, size, size, 3, device=device)
    nchw = images.permute(0, 3, 1, 2)
    module = slim_module(images)
    net = ResNet50().to(device).to(memory_format=torch.channels_last)
    what = f"batch {batch}, {size}x{size}"
    module.eval(), net.eval()
    with torch.no_grad():
        mine, other = compare(f"inference, {what}", lambda: module(images), lambda: net(nchw), rounds, device)
    if train:
        module.train(), net.train()
        ours, theirs = training_steps(module, net, images)
        compare(f"training, {what}", ours, theirs, rounds, device)
    return mine - other


def training_steps(
    module: slim.Module, net: ResNet50, images: torch.Tensor
) -> tuple[Callable[[], None], Callable[[], None]]:
    nchw = images.permute(0, 3, 1, 2)

    def updates() -> None:
        run_updates(module.graph.get_collection("update_ops"))

    ours = training(lambda: module(images)[0].flatten(1), list(module.parameters()), updates)
    theirs = training(lambda: net(nchw), list(net.parameters()), lambda: None)
    return ours, theirs


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--batch", type=int, nargs="+", default=[8, 1])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    keep_memory()
    device = torch.device(arguments.device)
    where = (
        torch.cuda.get_device_name(device) if device.type == "cuda" else f"{torch.get_num_threads()} threads"
    )
    print(f"torch {torch.__version__}, {device} ({where}), float32, {arguments.rounds} rounds")
    for batch in arguments.batch:
        measure(batch, 224, arguments.rounds, device)
    difference = measure(1, 64, 5 * arguments.rounds, device, train=False)
    print(
        f"Python time per layer, beyond the module's own: {difference / LAYERS * 1e6:.1f} us ({LAYERS} layers)"
    )

    images = torch.randn(2, 64, 64, 3, device=device)
    module, net = slim_module(images), ResNet50().to(device).to(memory_format=torch.channels_last)
    ours, theirs = training_steps(module, net, images)
    ours(), theirs()
    print(
        f"copies of four-axis tensors in a training step: slim_torch {count_copies(ours)}, "
        f"by hand {count_copies(theirs)}"
    )


if __name__ == "__main__":
    main()
