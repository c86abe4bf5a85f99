"""What a training run keeps in a checkpoint: the global variables and the optimizer's state.

The variables are stored under TensorFlow's names with TensorFlow's shapes. What a `torch.optim` optimizer
holds per variable is stored in the same file, under `torch_optimizer/<variable>/<slot>`. Invariant: a
checkpoint that does not fit changes nothing; everything is checked before anything is assigned.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

import torch

from slim_torch.checkpoint.files import (
    get_checkpoint_state,
    safetensors_path,
    save_safetensors,
    update_checkpoint_state,
)
from slim_torch.checkpoint.restore import Plan, wanted_by_name
from slim_torch.checkpoint.saver import checkpoint_metadata
from slim_torch.variable import Variable

__all__ = ["restore_training", "save_training"]

OPTIMIZER_PREFIX = "torch_optimizer/"
KEPT_CHECKPOINTS = 5

_OPTIMIZER_CLASS = "torch_optimizer"
_OPTIMIZER_NUMBERS = "torch_optimizer_numbers"


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
    path = os.path.join(directory, f"model.ckpt-{step}")
    tensors: dict[str, torch.Tensor] = {variable.op.name: variable for variable in variables}
    slots, numbers = _optimizer_state(optimizer)
    metadata = {
        **checkpoint_metadata(step),
        _OPTIMIZER_CLASS: type(optimizer).__name__,
        _OPTIMIZER_NUMBERS: json.dumps(numbers, sort_keys=True),
    }
    save_safetensors(safetensors_path(path), {**tensors, **slots}, metadata)
    state = get_checkpoint_state(directory)
    known = [] if state is None else [old for old in state.all_model_checkpoint_paths if old != path]
    kept = [*known, path][-KEPT_CHECKPOINTS:]
    update_checkpoint_state(directory, path, kept)
    for old in known:
        # Only files that were written here; a checkpoint of TensorFlow is dropped from the list, not deleted.
        if old not in kept and os.path.isfile(safetensors_path(old)):
            os.unlink(safetensors_path(old))
    return path


def restore_training(path: str, variables: Iterable[Variable], optimizer: torch.optim.Optimizer) -> None:
    """Gives the variables and the optimizer the values that `save_training` wrote.

    A variable that the optimizer holds no state for in the file starts without, as in a first step.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: it does not fit the variables or the optimizer; nothing was assigned.
    """
    file = safetensors_path(path)
    if not os.path.isfile(file):
        raise FileNotFoundError(
            f"'{file}' is named in the checkpoint state file, but is not there as a safetensors file. "
            f"Put it back, name another one in the state file, or remove that file to start anew."
        )
    plan = Plan(file, wanted_by_name(variables))
    reader = plan.reader
    written_by, current = reader.metadata.get(_OPTIMIZER_CLASS), type(optimizer).__name__
    if written_by != current:
        raise ValueError(
            f"'{path}' holds the state of {'no optimizer' if written_by is None else written_by}, but training "
            f"uses {current}. Use the same optimizer, or another logdir and load the variables in init_fn."
        )
    values = plan.values()
    slots: dict[str, Any] = {
        name: reader.get_torch(name) for name in reader if name.startswith(OPTIMIZER_PREFIX)
    }
    slots.update(json.loads(reader.metadata.get(_OPTIMIZER_NUMBERS, "{}")))
    for variable, value in values:
        variable.assign(value)
    _load_optimizer_state(optimizer, slots)


def _parameters(optimizer: torch.optim.Optimizer) -> list[Any]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def _optimizer_state(optimizer: torch.optim.Optimizer) -> tuple[dict[str, torch.Tensor], dict[str, float]]:
    tensors: dict[str, torch.Tensor] = {}
    numbers: dict[str, float] = {}
    for parameter in _parameters(optimizer):
        for slot, value in optimizer.state.get(parameter, {}).items():
            key = f"{OPTIMIZER_PREFIX}{parameter.op.name}/{slot}"
            if isinstance(value, Variable):
                continue  # a global variable, and saved as one
            if isinstance(value, torch.Tensor):
                tensors[key] = value
            elif isinstance(value, (bool, int, float)):
                numbers[key] = value
            elif value is not None:
                raise TypeError(
                    f"{type(optimizer).__name__} holds a {type(value).__name__} as '{slot}' of "
                    f"'{parameter.op.name}'; only tensors and numbers can be saved."
                )
    return tensors, numbers


def _load_optimizer_state(optimizer: torch.optim.Optimizer, slots: Mapping[str, Any]) -> None:
    # Positions in the list are how state_dict() refers to parameters.
    state: dict[int, dict[str, Any]] = {}
    for position, parameter in enumerate(_parameters(optimizer)):
        prefix = f"{OPTIMIZER_PREFIX}{parameter.op.name}/"
        for key, value in slots.items():
            if key.startswith(prefix) and "/" not in (slot := key[len(prefix) :]):
                if isinstance(value, torch.Tensor) and value.ndim and value.shape == parameter.shape:
                    # The variable's layout in memory, without which the optimizer falls off its fast path.
                    value = torch.empty_like(parameter, dtype=value.dtype).copy_(value)
                state.setdefault(position, {})[slot] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
