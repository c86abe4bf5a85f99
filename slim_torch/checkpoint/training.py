"""What a training run keeps in a checkpoint: the global variables and the optimizer's state.

The variables are stored under TensorFlow's names with TensorFlow's shapes. What a `torch.optim` optimizer
holds per variable is stored in the same file, under `torch_optimizer/<variable>/<slot>`. Invariant: a
checkpoint that does not fit changes nothing; everything is checked before anything is assigned.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

import torch

from slim_torch.checkpoint.files import (
    get_checkpoint_state,
    load_safetensors,
    save_safetensors,
    update_checkpoint_state,
)
from slim_torch.variable import Variable

__all__ = ["assign_all", "restore_training", "restore_variables", "save_training"]

OPTIMIZER_PREFIX = "torch_optimizer/"
KEPT_CHECKPOINTS = 5

_OPTIMIZER_CLASS = "torch_optimizer"
_OPTIMIZER_NUMBERS = "torch_optimizer_numbers"


def assign_all(variables: Iterable[Variable], tensors: Mapping[str, torch.Tensor], source: str) -> None:
    """Assigns to each variable the tensor of its name; tensors without a variable are left over.

    Args:
      source: where the tensors are from, for the error.

    Raises:
      ValueError: variables have no tensor, or one of another shape or dtype. It names all of them, and
        nothing has been assigned.
    """
    variables = list(variables)
    problems = []
    for variable in variables:
        name = variable.op.name
        tensor = tensors.get(name)
        if tensor is None:
            near = difflib.get_close_matches(name, tensors, n=1)
            problems.append(f"Key {name} not found in checkpoint" + (f" (it has {near[0]})" if near else ""))
        elif tensor.shape != variable.shape or tensor.dtype != variable.dtype:
            problems.append(
                f"{name}: the checkpoint has {_described(tensor)}, the variable is {_described(variable)}"
            )
    if problems:
        raise ValueError(
            f"'{source}' does not fit the model; nothing was assigned. "
            + "; ".join(problems)
            + ". Build the model "
            "as it was when the checkpoint was written, or choose the variables to restore."
        )
    for variable in variables:
        variable.assign(tensors[variable.op.name])


def restore_variables(path: str, variables: Iterable[Variable]) -> None:
    """Gives each variable the value that the safetensors file at `path` has under its name.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: as `assign_all`.
    """
    tensors, _ = load_safetensors(path)
    assign_all(variables, tensors, path)


def save_training(
    directory: str, step: int, variables: Iterable[Variable], optimizer: torch.optim.Optimizer
) -> str:
    """Writes `model.ckpt-<step>.safetensors` and the state file; keeps the five latest checkpoints.

    Returns:
      The path of the new checkpoint.

    Raises:
      OSError: a file cannot be written. The previous checkpoint is still the one named.
      TypeError: the optimizer holds state that is neither tensor nor number.
    """
    path = os.path.join(directory, f"model.ckpt-{step}.safetensors")
    tensors: dict[str, torch.Tensor] = {variable.op.name: variable for variable in variables}
    slots, numbers = _optimizer_state(optimizer)
    metadata = {
        _OPTIMIZER_CLASS: type(optimizer).__name__,
        _OPTIMIZER_NUMBERS: json.dumps(numbers, sort_keys=True),
    }
    save_safetensors(path, {**tensors, **slots}, metadata)
    state = get_checkpoint_state(directory)
    known = [] if state is None else [old for old in state.all_model_checkpoint_paths if old != path]
    kept = [*known, path][-KEPT_CHECKPOINTS:]
    update_checkpoint_state(directory, path, kept)
    for old in known:
        # Only files that were written here; a checkpoint of TensorFlow is dropped from the list, not deleted.
        if old not in kept and old.endswith(".safetensors") and os.path.isfile(old):
            os.unlink(old)
    return path


def restore_training(path: str, variables: Iterable[Variable], optimizer: torch.optim.Optimizer) -> None:
    """Gives the variables and the optimizer the values that `save_training` wrote.

    A variable that the optimizer holds no state for in the file starts without, as in a first step.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: it does not fit the variables or the optimizer; nothing was assigned.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(
            f"'{path}' is named in the checkpoint state file, but is not there as a safetensors file. "
            f"Put it back, name another one in the state file, or remove that file to start anew."
        )
    tensors, metadata = load_safetensors(path)
    written_by, current = metadata.get(_OPTIMIZER_CLASS), type(optimizer).__name__
    if written_by != current:
        raise ValueError(
            f"'{path}' holds the state of {'no optimizer' if written_by is None else written_by}, but training "
            f"uses {current}. Use the same optimizer, or another logdir and load the variables in init_fn."
        )
    slots: dict[str, Any] = {
        name: tensor for name, tensor in tensors.items() if name.startswith(OPTIMIZER_PREFIX)
    }
    slots.update(json.loads(metadata.get(_OPTIMIZER_NUMBERS, "{}")))
    assign_all(variables, {name: tensor for name, tensor in tensors.items() if name not in slots}, path)
    _load_optimizer_state(optimizer, slots)


def _parameters(optimizer: torch.optim.Optimizer) -> list[Any]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def _optimizer_state(optimizer: torch.optim.Optimizer) -> tuple[dict[str, torch.Tensor], dict[str, float]]:
    tensors: dict[str, torch.Tensor] = {}
    numbers: dict[str, float] = {}
    for parameter in _parameters(optimizer):
        for slot, value in optimizer.state.get(parameter, {}).items():
            key = f"{OPTIMIZER_PREFIX}{parameter.op.name}/{slot}"
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


def _described(tensor: torch.Tensor) -> str:
    return f"{str(tensor.dtype)[6:]} {list(tensor.shape)}"
