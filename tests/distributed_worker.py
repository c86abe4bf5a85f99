"""One process of the programs that test_distributed.py runs; with torchrun's environment variables or without.

Writes what it found to the file given on the command line with its rank added, one JSON object. The processes share out the batches
of `batch`; a single process takes them whole.
"""

import json
import os
import sys

import numpy as np
import torch

import slim_torch as slim
from slim_torch import distributed, tf
from slim_torch.graph import Graph
from slim_torch.nonfinite import NonFiniteLossError
from slim_torch.sync_replicas import SyncReplicasOptimizer
from slim_torch.variables import global_variables

STEPS, BATCH, CLASSES = 6, 8, 3


def batch(step):
    """Images `[8, 6, 6, 2]` and labels; those of this process."""
    state = np.random.RandomState(step)
    images = state.randn(BATCH, 6, 6, 2).astype(np.float32)
    labels = state.randint(CLASSES, size=BATCH)
    each = BATCH // distributed.world_size()
    mine = slice(distributed.rank() * each, (distributed.rank() + 1) * each)
    return images[mine], labels[mine]


def network(images, normalized):
    norm = slim.batch_norm if normalized else None
    with slim.arg_scope([slim.conv2d, slim.fully_connected], weights_regularizer=slim.l2_regularizer(0.01)):
        net = slim.conv2d(images, 4, 3, normalizer_fn=norm, scope="conv1")
        net = slim.conv2d(net, 5, 3, stride=2, normalizer_fn=norm, scope="conv2")
        return slim.fully_connected(slim.flatten(net), CLASSES, activation_fn=None, scope="logits")


def initialize():
    """Weights by name; those of processes other than the chief are wrong until the chief's are taken."""
    for variable in tf.trainable_variables():
        state = np.random.RandomState(sum(variable.op.name.encode()))
        variable.load(0.3 * state.randn(*variable.shape) + distributed.rank())


def trained(normalized=False, optimizer=None, steps=STEPS, clip=0.0):
    """Losses, and the graph after so many steps of a train op of a function."""
    current = [0]
    with Graph().as_default() as graph:

        def total_loss():
            images, labels = map(torch.as_tensor, batch(current[0]))
            # A variable that is trained in name only has no gradient.
            slim.model_variable("idle", [3])
            logits = network(images, normalized)
            slim.losses.sparse_softmax_cross_entropy(logits, labels)
            return slim.losses.get_total_loss()

        made = (optimizer or (lambda: tf.train.MomentumOptimizer(0.1, 0.9)))()
        train_op = slim.learning.create_train_op(total_loss, made, clip_gradient_norm=clip)
        initialize()
        losses = []
        for current[0] in range(steps):
            losses.append(train_op().item())
    return losses, graph, train_op


def values(graph):
    with graph.as_default():
        return {v.op.name: np.ravel(v.detach().numpy()).tolist() for v in global_variables()}


def of_a_function():
    losses, graph, _ = trained(clip=0.5)
    return {"losses": losses, "values": values(graph)}


def of_a_recorded_graph():
    with Graph().as_default() as graph:
        images = tf.placeholder(tf.float32, [None, 6, 6, 2])
        labels = tf.placeholder(tf.int64, [None])
        slim.losses.sparse_softmax_cross_entropy(network(images, False), labels)
        train_op = slim.learning.create_train_op(
            slim.losses.get_total_loss(), tf.train.MomentumOptimizer(0.1, 0.9), clip_gradient_norm=0.5
        )
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for variable in tf.trainable_variables():
                state = np.random.RandomState(sum(variable.op.name.encode()))
                variable.load(0.3 * state.randn(*variable.shape) + distributed.rank(), session)
            losses, refused = [], ""
            if distributed.world_size() > 1:
                try:
                    session.run(train_op, {images: batch(0)[0], labels: batch(0)[1]})
                except tf.errors.FailedPreconditionError as err:
                    refused = err.message
            distributed.broadcast_variables()
            for step in range(STEPS):
                mine = batch(step)
                losses.append(float(session.run(train_op, {images: mine[0], labels: mine[1]})))
    return {"losses": losses, "values": values(graph), "refused": refused}


def batch_norm():
    _, graph, _ = trained(normalized=True, steps=1)
    first = values(graph)
    _, graph, _ = trained(normalized=True)
    return {"first": first, "values": values(graph)}


def batch_norm_of_a_recorded_graph():
    with Graph().as_default() as graph:
        images = tf.placeholder(tf.float32, [None, 6, 6, 2])
        net = slim.batch_norm(images, decay=0.5, scope="norm")
        train_op = slim.learning.create_train_op(
            tf.reduce_mean(net * net + net), tf.train.GradientDescentOptimizer(0.1)
        )
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            session.run(train_op, {images: batch(0)[0]})
    return {"values": values(graph), "chief_mean": batch(0)[0].mean((0, 1, 2)).tolist()}


def sync_replicas(steps):
    def optimizer():
        return SyncReplicasOptimizer(tf.train.MomentumOptimizer(0.1, 0.9), replicas_to_aggregate=4)

    losses, graph, train_op = trained(optimizer=optimizer, steps=steps)
    return {"losses": losses, "values": values(graph), "step": int(train_op.global_step)}


def metrics():
    own, of_all = {}, {}
    with Graph().as_default() as graph, graph.step():
        for step in range(2):
            with graph.step():
                images, labels = batch(step)
                first, second = torch.as_tensor(images[..., 0]), torch.as_tensor(images[..., 1])
                made = {
                    "mean": tf.metrics.mean(first),
                    "accuracy": tf.metrics.accuracy(torch.as_tensor(labels), torch.zeros(len(labels)).long()),
                    "covariance": slim.metrics.streaming_covariance(first, second + first),
                }
                for _, update in made.values():
                    update()
                own = {name: float(value()) for name, (value, _) in made.items()}
        with distributed.reduce_metrics():
            of_all = {name: float(value()) for name, (value, _) in made.items()}
        again = {name: float(value()) for name, (value, _) in made.items()}
    return {"own": own, "of_all": of_all, "again": again}


def not_a_number():
    rank = distributed.rank()
    with Graph().as_default():

        def total_loss():
            x = slim.model_variable("x", initializer=np.float32(2.0))
            return tf.log(x - (3.0 if rank else 1.0))

        train_op = slim.learning.create_train_op(total_loss, tf.train.GradientDescentOptimizer(0.1))
        try:
            train_op()
        except NonFiniteLossError as err:
            return str(err)
    return "no error"


def train(logdir, start, steps):
    """`learning.train` up to a number of steps; each process has a folder of its own, named after its rank."""
    with Graph().as_default() as graph:
        source = slim.learning.batches(map(batch, range(start, steps)))

        def total_loss():
            images, labels = map(torch.as_tensor, next(source))
            slim.losses.sparse_softmax_cross_entropy(network(images, True), labels)
            return slim.losses.get_total_loss()

        train_op = slim.learning.create_train_op(total_loss, tf.train.MomentumOptimizer(0.1, 0.9))
        initialize()
        folder = f"{logdir}{distributed.rank()}"
        loss = slim.learning.train(train_op, folder, number_of_steps=steps, log_every_n_steps=0)
    return {"loss": loss, "values": values(graph)}


def main(path, rank):
    torch.set_num_threads(1)
    several = distributed.launched()
    found = {
        "of_a_function": of_a_function(),
        "rank": distributed.rank(),
        "world_size": distributed.world_size(),
        "is_chief": distributed.is_chief(),
        "of_a_recorded_graph": of_a_recorded_graph(),
        "batch_norm": batch_norm(),
        "batch_norm_of_a_recorded_graph": batch_norm_of_a_recorded_graph(),
        "sync_replicas": sync_replicas(4),
        "metrics": metrics(),
        "any": [distributed.any_process(distributed.rank() == 1), distributed.any_process(False)],
    }
    if several:
        found["not_a_number"] = not_a_number()
        found["whole"] = train(f"{path}_whole", 0, 6)
        found["half"] = train(f"{path}_parts", 0, 3)
        found["parts"] = train(f"{path}_parts", 3, 6)
        torch.distributed.destroy_process_group()
    with open(path + rank, "w") as file:
        json.dump(found, file)


if __name__ == "__main__":
    main(sys.argv[1], os.environ.get("RANK", ""))
