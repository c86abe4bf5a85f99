"""`slim-torch train` and `slim-torch evaluate`, with the flags of TF-Slim's train and eval_image_classifier.py.

What the flags mean is decided here; the loops are `learning.train` and `evaluation`. Source: train_image_classifier.py
and eval_image_classifier.py of tensorflow/models' slim.
"""

from __future__ import annotations

import argparse
import logging
import math
from collections.abc import Callable
from typing import Any

import torch

import slim_torch as slim
from slim_torch import tf
from slim_torch.building import building
from slim_torch.checkpoint import latest_checkpoint
from slim_torch.commands.classify import checkpoint_at, restore
from slim_torch.commands.images import Preprocessed, batches_of, open_dataset
from slim_torch.nets.nets_factory import NETWORKS, get_network_fn
from slim_torch.preprocessing.preprocessing_factory import get_preprocessing

__all__ = ["add_commands"]

_logger = logging.getLogger("slim_torch")


def add_commands(commands: Any) -> None:
    """Adds `train` and `evaluate` to the sub-commands of an argument parser."""
    command = commands.add_parser("train", help="train or fine-tune a network of the zoo on labelled images")
    _add_common(command, batch_size=32, split="train")
    _add_training(command)
    command.set_defaults(run=_train)
    command = commands.add_parser("evaluate", help="the accuracy of a checkpoint on labelled images")
    _add_common(command, batch_size=100, split="validation")
    add = command.add_argument
    add("--max_num_batches", type=int, help="how many batches (all)")
    add("--checkpoint_path", required=True, help="checkpoint, or folder with the latest one")
    add("--eval_dir", help="folder for the summaries")
    add("--eval_image_size", type=int, help="height and width (the network's own)")
    command.set_defaults(run=_evaluate)


def _add_common(command: Any, batch_size: int, split: str) -> None:
    add = command.add_argument
    add("--dataset_dir", required=True, help="folder of TFRecords, or of a folder of images for each class")
    add("--dataset_split_name", default=split, help=f"names of files, or the inner folder ({split})")
    add("--labels_offset", type=int, default=0, help="1 for networks without a background class (0)")
    add("--model_name", default="inception_v3", help=f"one of {', '.join(NETWORKS)} (inception_v3)")
    add("--preprocessing_name", help="preprocessing of another network")
    add("--batch_size", type=int, default=batch_size, help=f"images at once ({batch_size})")
    add("--num_preprocessing_threads", type=int, default=4, help="processes that read images (4)")
    add("--moving_average_decay", type=float, help="of averages of the variables (none)")
    add("--use_grayscale", action="store_true", help="one channel")
    add("--dataset_name", help="without effect: the folder says what there is")
    add("--num_readers", type=int, default=4, help="without effect: see --num_preprocessing_threads")
    add("--master", default="", help="there are no remote sessions: must be empty")
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu", help="torch device")


def _add_training(command: Any) -> None:
    add = command.add_argument
    add("--train_dir", default="/tmp/tfmodel/", help="folder of checkpoints and summaries (/tmp/tfmodel/)")
    add("--train_image_size", type=int, help="height and width (the network's own)")
    add("--max_number_of_steps", type=int, help="the global step to stop at (none)")
    add("--log_every_n_steps", type=int, default=10)
    add("--save_summaries_secs", type=float, default=600)
    add("--save_interval_secs", type=float, default=600)
    add("--weight_decay", type=float, default=0.00004)
    add("--label_smoothing", type=float, default=0.0)
    add("--optimizer", default="rmsprop", choices=sorted(_OPTIMIZERS))
    add("--adadelta_rho", type=float, default=0.95)
    add("--adagrad_initial_accumulator_value", type=float, default=0.1)
    add("--adam_beta1", type=float, default=0.9)
    add("--adam_beta2", type=float, default=0.999)
    add("--opt_epsilon", type=float, default=1.0)
    add("--ftrl_learning_rate_power", type=float, default=-0.5)
    add("--ftrl_initial_accumulator_value", type=float, default=0.1)
    add("--ftrl_l1", type=float, default=0.0)
    add("--ftrl_l2", type=float, default=0.0)
    add("--momentum", type=float, default=0.9)
    add("--rmsprop_momentum", type=float, default=0.9)
    add("--rmsprop_decay", type=float, default=0.9)
    add("--learning_rate", type=float, default=0.01)
    add("--end_learning_rate", type=float, default=0.0001)
    add("--learning_rate_decay_type", default="exponential", choices=("exponential", "fixed", "polynomial"))
    add("--learning_rate_decay_factor", type=float, default=0.94)
    add("--num_epochs_per_decay", type=float, default=2.0)
    add("--checkpoint_path", help="checkpoint to start from, or folder of one")
    add("--checkpoint_exclude_scopes", help="scopes that are not restored, separated by commas")
    add("--sync_replicas", action="store_true", help="apply the mean of the gradients of several steps")
    add("--replicas_to_aggregate", type=int, default=1, help="of how many, over all processes (1)")
    add("--clone_on_cpu", action="store_true", help="train on the CPU")
    for flag, unit in (("num_clones", 1), ("worker_replicas", 1), ("num_ps_tasks", 0), ("task", 0)):
        add(f"--{flag}", type=int, default=unit, help=f"must be {unit}: for several processes use torchrun")
    add("--trainable_scopes", help="scopes to train, separated by commas (all)")
    add(
        "--ignore_missing_vars",
        action="store_true",
        help="variables that the checkpoint lacks stay as they are",
    )


_OPTIMIZERS: dict[str, Callable[[Any, Any], Any]] = {
    "adadelta": lambda o, rate: tf.train.AdadeltaOptimizer(rate, rho=o.adadelta_rho, epsilon=o.opt_epsilon),
    "adagrad": lambda o, rate: tf.train.AdagradOptimizer(
        rate, initial_accumulator_value=o.adagrad_initial_accumulator_value
    ),
    "adam": lambda o, rate: tf.train.AdamOptimizer(
        rate, beta1=o.adam_beta1, beta2=o.adam_beta2, epsilon=o.opt_epsilon
    ),
    "ftrl": lambda o, rate: tf.train.FtrlOptimizer(
        rate,
        learning_rate_power=o.ftrl_learning_rate_power,
        initial_accumulator_value=o.ftrl_initial_accumulator_value,
        l1_regularization_strength=o.ftrl_l1,
        l2_regularization_strength=o.ftrl_l2,
    ),
    "momentum": lambda o, rate: tf.train.MomentumOptimizer(rate, momentum=o.momentum, name="Momentum"),
    "rmsprop": lambda o, rate: tf.train.RMSPropOptimizer(
        rate, decay=o.rmsprop_decay, momentum=o.rmsprop_momentum, epsilon=o.opt_epsilon
    ),
    "sgd": lambda o, rate: tf.train.GradientDescentOptimizer(rate),
}


def _learning_rate(options: argparse.Namespace, examples: int, global_step: Any) -> Any:
    """The learning rate at a step, as a number or a function without arguments."""
    decay_steps = int(examples * options.num_epochs_per_decay / options.batch_size)
    if options.learning_rate_decay_type == "fixed":
        return options.learning_rate
    if options.learning_rate_decay_type == "exponential":
        return lambda: tf.train.exponential_decay(
            options.learning_rate,
            global_step,
            max(decay_steps, 1),
            options.learning_rate_decay_factor,
            staircase=True,
        )
    return lambda: tf.train.polynomial_decay(
        options.learning_rate, global_step, max(decay_steps, 1), options.end_learning_rate
    )


def _scopes(text: str | None) -> list[str]:
    return [scope.strip() for scope in (text or "").split(",") if scope.strip()]


def _check_cluster(options: argparse.Namespace) -> None:
    """Refuses the flags that need several TensorFlow servers.

    Raises:
      ValueError: a flag asks for a cluster of TensorFlow's.
    """
    alone = {"master": "", "num_clones": 1, "worker_replicas": 1, "num_ps_tasks": 0, "task": 0}
    for flag, value in alone.items():
        if getattr(options, flag, value) != value:
            raise ValueError(
                f"--{flag}={getattr(options, flag)}: there are no clones and no cluster. Start the same command in several "
                f"processes: torchrun --nproc_per_node=N -m slim_torch train ..."
            )


def _train(options: argparse.Namespace) -> None:
    _check_cluster(options)
    if options.clone_on_cpu:
        options.device = "cpu"
    examples, num_classes = open_dataset(
        options.dataset_dir, options.dataset_split_name, options.labels_offset
    )
    with tf.Graph().as_default() as graph:
        graph.to(torch.device(options.device))
        network = get_network_fn(
            options.model_name, num_classes, weight_decay=options.weight_decay, is_training=True
        )
        size = options.train_image_size or getattr(network, "default_image_size", 224)
        preprocess = get_preprocessing(
            options.preprocessing_name or options.model_name, True, options.use_grayscale
        )
        images = Preprocessed(examples, preprocess, size, 3, options.labels_offset)
        data = slim.learning.batches(
            batches_of(images, options.batch_size, options.num_preprocessing_threads, True, True)
        )
        global_step = slim.get_or_create_global_step()
        averages = None
        if options.moving_average_decay:
            averages = tf.train.ExponentialMovingAverage(options.moving_average_decay, global_step)

        def total_loss() -> torch.Tensor:
            pixels, labels = next(data)
            logits, end_points = network(pixels.to(options.device))
            wanted = slim.one_hot_encoding(labels.to(options.device), num_classes)
            if "AuxLogits" in end_points:
                tf.losses.softmax_cross_entropy(
                    wanted,
                    end_points["AuxLogits"],
                    label_smoothing=options.label_smoothing,
                    weights=0.4,
                    scope="aux_loss",
                )
            tf.losses.softmax_cross_entropy(
                wanted, logits, label_smoothing=options.label_smoothing, weights=1.0
            )
            return tf.losses.get_total_loss()

        def update_ops() -> list[Callable[[], Any]]:
            updates = list(graph.get_collection(tf.GraphKeys.UPDATE_OPS))
            if averages is not None:
                updates.append(lambda: averages.apply(slim.get_model_variables()))
            return updates

        with building(graph, "the network"):
            total_loss()
        if averages is not None:
            averages.make_averages(slim.get_model_variables())
        optimizer = _OPTIMIZERS[options.optimizer](options, _learning_rate(options, len(images), global_step))
        if options.sync_replicas:
            optimizer = tf.train.SyncReplicasOptimizer(optimizer, options.replicas_to_aggregate)
        train_op = slim.learning.create_train_op(
            total_loss,
            optimizer,
            global_step,
            update_ops=update_ops,
            variables_to_train=_variables_to_train(options),
        )
        slim.learning.train(
            train_op,
            options.train_dir,
            init_fn=_init_fn(options),
            number_of_steps=options.max_number_of_steps,
            log_every_n_steps=options.log_every_n_steps,
            save_summaries_secs=options.save_summaries_secs,
            save_interval_secs=options.save_interval_secs,
        )


def _variables_to_train(options: argparse.Namespace) -> list[Any] | None:
    """Those below the scopes that are to be trained; None for all.

    Raises:
      ValueError: there are none.
    """
    scopes = _scopes(options.trainable_scopes)
    if not scopes:
        return None
    found = [v for scope in scopes for v in tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope)]
    if not found:
        raise ValueError(f"--trainable_scopes: no trainable variable is below any of {scopes}.")
    return list(dict.fromkeys(found))


def _init_fn(options: argparse.Namespace) -> Callable[[Any], Any] | None:
    """What restores the checkpoint to start from, unless training resumes."""
    if options.checkpoint_path is None:
        return None
    if latest_checkpoint(options.train_dir):
        _logger.info(
            "Ignoring --checkpoint_path because a checkpoint already exists in %s", options.train_dir
        )
        return None
    excluded = tuple(_scopes(options.checkpoint_exclude_scopes))
    variables = [v for v in slim.get_model_variables() if not v.op.name.startswith(excluded or ("\0",))]
    path = checkpoint_at(options.checkpoint_path)
    _logger.info("Fine-tuning from %s", path)
    return slim.assign_from_checkpoint_fn(path, variables, ignore_missing_vars=options.ignore_missing_vars)


def _evaluate(options: argparse.Namespace) -> None:
    _check_cluster(options)
    examples, num_classes = open_dataset(
        options.dataset_dir, options.dataset_split_name, options.labels_offset
    )
    path = checkpoint_at(options.checkpoint_path)
    with tf.Graph().as_default() as graph, torch.no_grad():
        graph.to(torch.device(options.device))
        global_step = slim.get_or_create_global_step()
        network = get_network_fn(options.model_name, num_classes, is_training=False)
        size = options.eval_image_size or getattr(network, "default_image_size", 224)
        preprocess = get_preprocessing(
            options.preprocessing_name or options.model_name, False, options.use_grayscale
        )
        images = Preprocessed(examples, preprocess, size, 3, options.labels_offset)
        batches = math.ceil(len(images) / options.batch_size)
        if options.max_num_batches:
            batches = min(batches, options.max_num_batches)
        with building(graph, "the network"):
            network(torch.zeros(1, size, size, 1 if options.use_grayscale else 3, device=options.device))
        _restore(options, path, global_step)
        right = right_of_5 = seen = 0
        data = batches_of(images, options.batch_size, options.num_preprocessing_threads, False, False)
        for place, (pixels, labels) in zip(range(batches), data):
            with graph.step():
                logits, _ = network(pixels.to(options.device))
            best = logits.flatten(1).topk(min(5, num_classes)).indices.cpu()
            right += int((best[:, 0] == labels).sum())
            right_of_5 += int((best == labels[:, None]).sum())
            seen += len(labels)
            _logger.info("Evaluation [%d/%d]", place + 1, batches)
    values = {"Accuracy": right / seen, "Recall_5": right_of_5 / seen}
    for name, value in values.items():
        print(f"eval/{name}[{value:.6g}]")
    if options.eval_dir:
        summary = tf.Summary(
            value=[tf.Summary.Value(tag=f"eval/{name}", simple_value=value) for name, value in values.items()]
        )
        with tf.summary.FileWriter(options.eval_dir) as writer:
            writer.add_summary(summary, int(global_step))


def _restore(options: argparse.Namespace, path: str, global_step: Any) -> None:
    """The network's variables from a checkpoint, from their moving averages where those are asked for."""
    if options.moving_average_decay:
        averages = tf.train.ExponentialMovingAverage(options.moving_average_decay, global_step)
        by_name = averages.variables_to_restore(slim.get_model_variables())
        by_name[global_step.op.name] = global_step
        restore(path, by_name)
    else:
        restore(path, [*slim.get_model_variables(), global_step])
