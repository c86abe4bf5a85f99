"""Kills a process again and again while it saves checkpoints; run by `test_saver_kill.py`.

    python kill_saver.py FOLDER KILLS SEED

Each time a child is forked that saves as fast as it can and is killed with SIGKILL at a random moment. Then
the latest checkpoint, and every other one that the state file names, must load bit for bit, and be no older
than what the child said it had saved. Prints how many kills left a half-written file, as JSON.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np

from slim_torch import checkpoint, tf
from slim_torch.graph import Graph

SIZES = {"small": 3, "middle": 20_000, "large": 500_000}
LONGEST = 0.08  # seconds; a save takes some milliseconds


def value(name, step):
    """What the variable `name` holds at `step`: numbers that no other step has."""
    return np.arange(SIZES[name], dtype=np.float32) + np.float32(step * 7)


def save_forever(folder, variables, step, report):
    saver = tf.train.Saver(variables, max_to_keep=2)
    state = tf.train.get_checkpoint_state(folder)
    if state is not None:
        saver.recover_last_checkpoints(state.all_model_checkpoint_paths)
    while True:
        step += 1
        for name, variable in variables.items():
            variable.assign(value(name, step))
        saver.save(None, os.path.join(folder, "model.ckpt"), global_step=step)
        os.write(report, step.to_bytes(8, "little"))


def checked(folder, known):
    """The step of the latest checkpoint, after every checkpoint that the state file names was compared."""
    state = tf.train.get_checkpoint_state(folder)
    if state is None:
        assert known == 0, f"step {known} was saved, but there is no state file"
        return 0
    latest = tf.train.latest_checkpoint(folder)
    assert latest == state.model_checkpoint_path, f"{state.model_checkpoint_path} is named, but not there"
    for prefix in state.all_model_checkpoint_paths:
        step = int(prefix.rpartition("-")[2])
        reader = checkpoint.load_checkpoint(prefix)
        assert reader.metadata["global_step"] == str(step)
        assert set(reader) == set(SIZES)
        for name in SIZES:
            assert reader.get_tensor(name).tobytes() == value(name, step).tobytes(), f"{name} of step {step}"
    step = int(latest.rpartition("-")[2])
    assert step >= known, f"step {known} was saved, but the latest checkpoint is of step {step}"
    return step


def main(folder, kills, seed):
    moments = random.Random(seed)
    step = half_written = saved = 0
    with Graph().as_default():
        zeros = tf.zeros_initializer()
        variables = {name: tf.get_variable(name, [size], initializer=zeros) for name, size in SIZES.items()}
    for _ in range(kills):
        receiver, report = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(receiver)
            save_forever(folder, variables, step, report)
        os.close(report)
        time.sleep(moments.uniform(0, LONGEST))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with open(receiver, "rb") as pipe:
            said = pipe.read()
        known = int.from_bytes(said[-8:], "little") if said else step
        saved += len(said) // 8
        step = checked(folder, known)
        leftovers = [path for path in Path(folder).iterdir() if ".tmp-" in path.name]
        half_written += bool(leftovers)
        for path in leftovers:
            path.unlink()
    print(json.dumps({"kills": kills, "saved": saved, "half_written": half_written}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
