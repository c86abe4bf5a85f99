"""Kills training again and again, and looks where it ends; run by `test_train_kill.py`.

    python kill_trainer.py FOLDER KILLS SEED

Each time a child is forked that trains, or goes on, in a folder, and is killed with SIGKILL a random time after a
random number of steps. When one has reached the last step, its last checkpoint must be that of a run that nobody
interrupted, bit for bit: variables, slots, moving averages, optimizer's state. Then the next way of training gets a
new folder. Prints how many kills and ends there were, as JSON; on stderr as it goes.
"""

import functools
import json
import logging
import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path

import numpy as np
import torch

import slim_torch as slim
from slim_torch import checkpoint, tf
from slim_torch.graph import Graph

STEPS = 20
LONGEST = 0.1  # seconds; a step with its checkpoint takes some ten milliseconds


class Shuffled:
    """Batches of examples in a new order in each pass, without end; it knows where it is."""

    def __init__(self, inputs, labels, size, seed):
        self._inputs, self._labels, self._size = inputs, labels, size
        self._generator = torch.Generator().manual_seed(seed)
        self._order, self._done = None, 0

    def __iter__(self):
        return self

    def __next__(self):
        if self._order is None or self._done + self._size > len(self._order):
            self._order = torch.randperm(len(self._inputs), generator=self._generator)
            self._done = 0
        chosen = self._order[self._done : self._done + self._size]
        self._done += self._size
        noise = torch.from_numpy(np.random.normal(scale=0.1, size=(self._size, 1)).astype(np.float32))
        return self._inputs[chosen] + noise, self._labels[chosen]

    def state_dict(self):
        return {"generator": self._generator.get_state(), "order": self._order, "done": self._done}

    def load_state_dict(self, state):
        self._generator.set_state(state["generator"])
        self._order, self._done = state["order"], state["done"]


def examples():
    draw = torch.Generator().manual_seed(7)
    inputs = torch.randn(50, 12, generator=draw)
    return inputs, inputs[:, :4].argmax(1)


def network(inputs, seed=None):
    """Batch norm, weight decay and dropout: everything that has a state."""
    net = slim.fully_connected(
        inputs,
        32,
        normalizer_fn=slim.batch_norm,
        normalizer_params={"decay": 0.9},
        weights_regularizer=slim.l2_regularizer(1e-3),
        scope="fc1",
    )
    net = slim.dropout(net, 0.7, scope="dropout1")
    return slim.fully_connected(net, 4, activation_fn=None, scope="logits")


def function_train_op(optimizer):
    source = slim.learning.batches(Shuffled(*examples(), 8, seed=5))

    def total_loss():
        inputs, labels = next(source)
        slim.losses.sparse_softmax_cross_entropy(network(inputs), labels)
        return slim.losses.get_total_loss()

    return slim.learning.create_train_op(total_loss, optimizer)


def recorded_train_op():
    inputs, labels = examples()
    step = tf.train.get_or_create_global_step()
    chosen = tf.range(step * 8, step * 8 + 8) % len(inputs)
    logits = network(tf.gather(tf.constant(inputs.numpy()), chosen))
    slim.losses.sparse_softmax_cross_entropy(logits, tf.gather(tf.constant(labels.numpy()), chosen))
    return slim.learning.create_train_op(slim.losses.get_total_loss(), tf.train.MomentumOptimizer(0.05, 0.9))


WAYS = {
    "function, torch.optim": lambda: function_train_op(functools.partial(torch.optim.Adam, lr=0.01)),
    "function, tf.train": lambda: function_train_op(tf.train.RMSPropOptimizer(0.01, momentum=0.5)),
    "recorded": recorded_train_op,
}


def train(way, folder, report):
    def step(*arguments):
        outcome = slim.learning.train_step(*arguments)
        os.write(report, b".")
        return outcome

    torch.manual_seed(1)
    np.random.seed(1)
    with Graph().as_default():
        tf.set_random_seed(1)
        latest = checkpoint.latest_checkpoint(folder)
        if latest is not None and int(latest.rpartition("-")[2]) == STEPS:
            return  # killed between the last save and the end
        slim.learning.train(
            WAYS[way](), folder, step, number_of_steps=STEPS, log_every_n_steps=0, save_interval_secs=0.001
        )


def in_child(way, folder):
    """A process that trains, and where it writes a dot after each step; 0 is how it ends if all went well."""
    receiver, report = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(receiver)
            train(way, folder, report)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(report)
    return child, receiver


def state(folder):
    """What the last checkpoint holds, and the step that it is of."""
    path = checkpoint.latest_checkpoint(folder)
    reader = checkpoint.load_checkpoint(path)
    contents = {name: reader.get_tensor(name).tobytes() for name in reader if "training_state" not in name}
    return int(path.rpartition("-")[2]), contents


def main(folder, kills, seed):
    import torch._subclasses.fake_tensor  # noqa: F401 - once, and not in each child

    logging.getLogger("slim_torch").setLevel(logging.ERROR)
    moments = random.Random(seed)
    expected = {}
    for way in WAYS:
        whole = os.path.join(folder, f"whole {way}")
        child, receiver = in_child(way, whole)
        assert os.waitpid(child, 0)[1] == 0, f"{way}: training failed"
        os.close(receiver)
        expected[way] = state(whole)
        assert expected[way][0] == STEPS
    report = {"kills": 0, "resumed_in_the_middle": 0, "ends": 0, "half_written": 0}
    ways = list(WAYS)
    while report["kills"] < kills:
        way = ways[report["ends"] % len(ways)]
        run = os.path.join(folder, str(report["ends"]))
        ended = False
        while not ended:
            child, receiver = in_child(way, run)
            if report["kills"] < kills:
                for _ in range(moments.randint(0, STEPS // 3)):
                    os.read(receiver, 1)
                time.sleep(moments.uniform(0, LONGEST))
                os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            os.close(receiver)
            if os.WIFSIGNALED(status):
                report["kills"] += 1
                leftovers = [path for path in Path(run).glob("*") if ".tmp-" in path.name]
                report["half_written"] += bool(leftovers)
                for path in leftovers:
                    path.unlink()
                latest = checkpoint.latest_checkpoint(run) if os.path.isdir(run) else None
                report["resumed_in_the_middle"] += latest is not None and not latest.endswith("ckpt-0")
                continue
            assert status == 0, f"{way}: could not go on after {report['kills']} kills"
            ended = True
        step, contents = state(run)
        assert step == STEPS
        different = [name for name, value in expected[way][1].items() if contents[name] != value]
        assert contents.keys() == expected[way][1].keys()
        assert not different, f"{way}: {different} differ from an uninterrupted run"
        report["ends"] += 1
        print(json.dumps(report), file=sys.stderr, flush=True)
    print(json.dumps(report))


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
