"""What a training run keeps in its checkpoints beside the variables, and how it is written down.

That is the state of a `torch.optim` optimizer, of the random generators, and of the sources of batches. Tensors
of an optimizer are stored under `torch_optimizer/<variable>/<slot>`, everything else as text in the header, large
tensors of it under `training_state/<number>`. Invariant: nothing is pickled, and nothing is changed by a state
that does not fit.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from slim_torch.checkpoint.interface import CheckpointReader
from slim_torch.graph import Graph, GraphKeys
from slim_torch.optimizer_base import Optimizer
from slim_torch.parameter import Variable
from slim_torch.random_state import random_state, set_random_state

__all__ = ["TrainingState", "decoded", "encoded"]

_OPTIMIZER_PREFIX = "torch_optimizer/"
_STATE_PREFIX = "training_state/"
_OPTIMIZER_CLASS = "torch_optimizer"
_OPTIMIZER_NUMBERS = "torch_optimizer_numbers"
_STATE = "training_state"
_LARGEST_IN_HEADER = 1 << 16  # bytes

_logger = logging.getLogger("slim_torch")


def encoded(value: Any, tensors: list[torch.Tensor]) -> Any:
    """`value` as JSON can hold it; large tensors are added to `tensors`.

    Args:
      value: numbers, texts, bytes, None, tensors and arrays, in lists, tuples and dictionaries.

    Raises:
      TypeError: there is something else in it.
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (list, tuple)):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [encoded(item, tensors) for item in value]}
    if isinstance(value, Mapping):
        return {"dict": [[encoded(key, tensors), encoded(item, tensors)] for key, item in value.items()]}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return {"array": encoded(torch.from_numpy(value.copy()), tensors)}
    if isinstance(value, torch.Tensor):
        tensor = value.detach().cpu().contiguous()
        if tensor.nbytes > _LARGEST_IN_HEADER:
            tensors.append(tensor)
            return {"tensor": len(tensors) - 1}
        content = tensor.reshape(-1).view(torch.uint8).numpy().tobytes()
        written = base64.b64encode(content).decode()
        return {"small": [str(tensor.dtype).removeprefix("torch."), list(tensor.shape), written]}
    raise TypeError(
        f"A state holds a {type(value).__name__}, which a checkpoint cannot keep: it takes numbers, texts, bytes, tensors "
        f"and arrays, in lists, tuples and dictionaries."
    )


def decoded(value: Any, tensor: Callable[[int], torch.Tensor]) -> Any:
    """What `encoded` was given; `tensor(i)` gives the large tensors."""
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind in ("list", "tuple"):
        items = [decoded(item, tensor) for item in content]
        return items if kind == "list" else tuple(items)
    if kind == "dict":
        return {decoded(key, tensor): decoded(item, tensor) for key, item in content}
    if kind == "bytes":
        return base64.b64decode(content)
    if kind == "array":
        return decoded(content, tensor).numpy()
    if kind == "tensor":
        return tensor(content)
    dtype, shape, written = content
    flat = torch.tensor(list(base64.b64decode(written)), dtype=torch.uint8)
    return flat.view(getattr(torch, dtype)).reshape(shape)


class TrainingState:
    """The companion of a `Saver` while `learning.train` uses it.

    Args:
      graph: those in its collection SAVEABLE_OBJECTS that have `state_dict` and `load_state_dict` are kept.
      optimizer: of the train op of a function; None for a recorded one, whose optimizer has variables only.
      is_chief: whether the generators and positions in a checkpoint, which are the chief's, are this process's.
    """

    def __init__(
        self, graph: Graph, optimizer: torch.optim.Optimizer | None = None, is_chief: bool = True
    ) -> None:
        self._graph = graph
        self._optimizer = optimizer
        self._is_chief = is_chief

    def saved(self, session: Any) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
        """Tensors and texts for a checkpoint.

        Raises:
          TypeError: the optimizer or a source holds something that cannot be stored.
        """
        tensors: dict[str, torch.Tensor] = {}
        metadata: dict[str, str] = {}
        if self._optimizer is not None:
            tensors, numbers = _optimizer_state(self._optimizer)
            metadata[_OPTIMIZER_CLASS] = type(self._optimizer).__name__
            metadata[_OPTIMIZER_NUMBERS] = json.dumps(numbers, sort_keys=True)
        large: list[torch.Tensor] = []
        state = {
            "random": random_state(),
            "streams": [
                (name, seed, str(device), generator.get_state())
                for (name, seed, device), generator in self._streams(session).items()
            ],
            "sources": [source.state_dict() for source in self._sources()],
        }
        metadata[_STATE] = json.dumps(encoded(state, large))
        tensors.update((f"{_STATE_PREFIX}{number}", tensor) for number, tensor in enumerate(large))
        return tensors, metadata

    def prepared(self, path: str, reader: CheckpointReader, session: Any) -> Callable[[], None]:
        """Reads the state in a checkpoint; what it gives puts it into force.

        A checkpoint that lacks it, such as one of TensorFlow's, leaves generators and positions as they are.

        Raises:
          ValueError: the optimizer's state is that of another one.
        """
        optimizer = self._prepared_optimizer(path, reader)
        text = reader.metadata.get(_STATE)
        state: Any = None
        if text is not None and self._is_chief:
            state = decoded(json.loads(text), lambda number: reader.get_torch(f"{_STATE_PREFIX}{number}"))
        sources = self._sources()
        if sources and self._is_chief and (state is None or len(state["sources"]) != len(sources)):
            kept = 0 if state is None else len(state["sources"])
            _logger.warning(
                "%s has the positions of %d sources of batches, and %d are in use: they begin anew.",
                path,
                kept,
                len(sources),
            )
            sources = []

        def put() -> None:
            optimizer()
            if state is None:
                return
            streams = self._streams(session)
            for name, seed, device, content in state["streams"]:
                generator = torch.Generator(device)
                generator.set_state(content)
                streams[name, seed, torch.device(device)] = generator
            for source, position in zip(sources, state["sources"]):
                source.load_state_dict(position)
            # Last: the sources may have drawn.
            set_random_state(state["random"])

        return put

    def _streams(self, session: Any) -> dict[Any, torch.Generator]:
        streams: dict[Any, torch.Generator] = self._graph._streams if session is None else session._streams
        return streams

    def _sources(self) -> list[Any]:
        found = self._graph.get_collection(GraphKeys.SAVEABLE_OBJECTS)
        return [source for source in found if getattr(source, "has_position", hasattr(source, "state_dict"))]

    def _prepared_optimizer(self, path: str, reader: CheckpointReader) -> Callable[[], None]:
        optimizer = self._optimizer
        if optimizer is None or isinstance(optimizer, Optimizer):
            return lambda: None  # whose slots are variables
        written_by, current = reader.metadata.get(_OPTIMIZER_CLASS), type(optimizer).__name__
        if written_by is None:
            _logger.warning("%s has no state of %s, which begins without.", path, current)
            return lambda: None
        if written_by != current:
            raise ValueError(
                f"'{path}' holds the state of {written_by}, but training uses {current}. Use the same optimizer, or another "
                f"logdir and load the variables in init_fn."
            )
        slots: dict[str, Any] = {
            name: reader.get_torch(name) for name in reader if name.startswith(_OPTIMIZER_PREFIX)
        }
        slots.update(json.loads(reader.metadata.get(_OPTIMIZER_NUMBERS, "{}")))
        return lambda: _load_optimizer_state(optimizer, slots)


def _parameters(optimizer: torch.optim.Optimizer) -> list[Any]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def _optimizer_state(optimizer: torch.optim.Optimizer) -> tuple[dict[str, torch.Tensor], dict[str, float]]:
    tensors: dict[str, torch.Tensor] = {}
    numbers: dict[str, float] = {}
    for parameter in _parameters(optimizer):
        for slot, value in optimizer.state.get(parameter, {}).items():
            key = f"{_OPTIMIZER_PREFIX}{parameter.op.name}/{slot}"
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
        prefix = f"{_OPTIMIZER_PREFIX}{parameter.op.name}/"
        for key, value in slots.items():
            if key.startswith(prefix) and "/" not in (slot := key[len(prefix) :]):
                if isinstance(value, torch.Tensor) and value.ndim and value.shape == parameter.shape:
                    # The variable's layout in memory, without which the optimizer falls off its fast path.
                    value = torch.empty_like(parameter, dtype=value.dtype).copy_(value)
                state.setdefault(position, {})[slot] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
