"""Reading and converting a large checkpoint of TensorFlow, next to TensorFlow's own reader.

Takes the 217 MB training checkpoint of inception_v3 that `tests/golden/make_inception_checkpoint.py` writes (with
TensorFlow), or any other. With `--oracle` the Python of a TensorFlow 1 environment reads the same file in turns with
this one. Each figure is the best of the rounds; files are in the page cache.

    python benchmarks/checkpoint.py [CHECKPOINT] [--oracle PYTHON]
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHECKPOINT = ROOT / "tests" / ".cache" / "inception_v3" / "model.ckpt-7"

READ = """
import sys, time
from slim_torch.checkpoint import load_checkpoint
best = 1e9
for _ in range(5):
    start = time.perf_counter()
    reader = load_checkpoint(sys.argv[1])
    size = sum(reader.get_tensor(name).nbytes for name in reader)
    best = min(best, time.perf_counter() - start)
print(size, best)
"""

READ_TENSORFLOW = """
import os, sys, time
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
start = time.perf_counter()
import tensorflow as tf
imported = time.perf_counter() - start
best = 1e9
for _ in range(5):
    start = time.perf_counter()
    reader = tf.train.NewCheckpointReader(sys.argv[1])
    size = sum(reader.get_tensor(name).nbytes for name in reader.get_variable_to_shape_map())
    best = min(best, time.perf_counter() - start)
print(size, best, imported)
"""

ONE_TENSOR = """
import sys, time
import torch
start = time.perf_counter()
from slim_torch.checkpoint import load_checkpoint
reader = load_checkpoint(sys.argv[1])
reader.get_tensor(next(iter(reader)))
print(time.perf_counter() - start)
"""

CONVERT = """
import sys, time
from slim_torch.checkpoint import convert
start = time.perf_counter()
done = convert(sys.argv[1], sys.argv[2], to=sys.argv[3])
print(done.nbytes, time.perf_counter() - start)
"""


def run(python: str, program: str, *arguments: str) -> list[float]:
    """What the program prints, in a process of its own."""
    command = [python, "-c", program, *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return [float(word) for word in result.stdout.split()]


def rate(measured: list[list[float]]) -> str:
    """Size and seconds of the fastest round."""
    size, seconds = min((round_[:2] for round_ in measured), key=lambda pair: pair[1])
    return f"{seconds:.3f} s, {size / seconds / 1e6:,.0f} MB/s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("checkpoint", nargs="?", default=str(CHECKPOINT), help="default: %(default)s")
    parser.add_argument("--oracle", metavar="PYTHON", help="a Python that has TensorFlow 1")
    parser.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    arguments = parser.parse_args()
    path = os.path.abspath(arguments.checkpoint)
    ours, theirs, one = [], [], []
    conversions: dict[str, list[list[float]]] = {"safetensors": [], "tensorflow": []}
    for _ in range(arguments.rounds):
        ours.append(run(sys.executable, READ, path))
        if arguments.oracle:
            theirs.append(run(arguments.oracle, READ_TENSORFLOW, path))
        one.append(run(sys.executable, ONE_TENSOR, path))
        for format_, measured in conversions.items():
            with tempfile.TemporaryDirectory() as folder:
                measured.append(run(sys.executable, CONVERT, path, os.path.join(folder, "m"), format_))
    print(f"{path}: {ours[0][0] / 1e6:,.0f} MB")
    print(f"read all, checksums verified        {rate(ours)}")
    if theirs:
        print(f"the same, TensorFlow                {rate(theirs)}")
        print(f"import of TensorFlow                {min(r[2] for r in theirs):.2f} s")
    for format_, measured in conversions.items():
        print(f"convert to {format_:<25}{rate(measured)} (written and synced)")
    milliseconds = statistics.median(seconds for (seconds,) in one) * 1000
    print(f"import, open, one tensor            {milliseconds:.0f} ms beyond importing torch (median)")


if __name__ == "__main__":
    main()
