"""Checkpoints of training loops of one's own: variables, and what else has to be there to go on.

What that is, is up to `training_state.py`; `learning.train` keeps the same by itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

import torch

from slim_torch.checkpoint.files import checkpoint_exists, get_checkpoint_state, safetensors_path
from slim_torch.checkpoint.saver import Saver
from slim_torch.checkpoint.training_state import TrainingState
from slim_torch.graph import get_default_graph
from slim_torch.parameter import Variable

__all__ = ["CHECKPOINT_NAME", "named_checkpoint", "restore_training", "save_training"]

CHECKPOINT_NAME = "model.ckpt"


def named_checkpoint(directory: str) -> str | None:
    """The checkpoint that the state file of a folder names as its latest; None without such a file.

    Raises:
      FileNotFoundError: it is not there. A folder that lost its checkpoint is no reason to start anew.
    """
    state = get_checkpoint_state(directory)
    if state is None or not state.model_checkpoint_path:
        return None
    path: str = state.model_checkpoint_path
    if not checkpoint_exists(path):
        raise FileNotFoundError(
            f"'{path}' is named in the checkpoint state file, but is not there, neither as '{safetensors_path(path)}' nor in "
            f"TensorFlow's formats. Put it back, name another one in the state file, or remove that file to start anew."
        )
    return path


def save_training(
    directory: str, step: int, variables: Iterable[Variable], optimizer: torch.optim.Optimizer
) -> str:
    """Writes `model.ckpt-<step>.safetensors` and the state file; keeps the five latest checkpoints.

    Returns:
      The path of the new checkpoint as TensorFlow gives it, without the suffix of the file.

    Raises:
      OSError: a file cannot be written. The previous checkpoint is still the one named.
      TypeError: the optimizer holds state that is neither tensor nor number.
    """
    saver = _saver(variables, optimizer)
    state = get_checkpoint_state(directory)
    if state is not None:
        saver.recover_last_checkpoints(state.all_model_checkpoint_paths)
    path = saver.save(None, os.path.join(directory, CHECKPOINT_NAME), global_step=step)
    assert path is not None
    return path


def restore_training(path: str, variables: Iterable[Variable], optimizer: torch.optim.Optimizer) -> None:
    """Gives the variables, the optimizer and the random generators the state that `save_training` wrote.

    A variable that the optimizer holds no state for in the file starts without, as in a first step. Of a
    checkpoint of TensorFlow the variables are read, and so the slots of TensorFlow's optimizers.

    Raises:
      ValueError: there is no such file, or it does not fit the variables or the optimizer; nothing was assigned.
    """
    _saver(variables, optimizer).restore(None, path)


def _saver(variables: Iterable[Variable], optimizer: torch.optim.Optimizer) -> Saver:
    saver = Saver(list(variables))
    saver.companion = TrainingState(get_default_graph(), optimizer)
    return saver
