"""Assigning given values to variables, as slim's `assign_from_*` do: an operation, and what to feed to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from slim_torch.graph import get_default_graph
from slim_torch.parameter import Variable
from slim_torch.recording import computing, records

__all__ = ["assignment", "assignment_fn"]


class _Name(str):
    """A variable's name as a key of a feed that feeds nothing: the operation has the value."""

    __slots__ = ()
    session_parts = ()


def assignment(pairs: Sequence[tuple[Variable, torch.Tensor]]) -> tuple[Any, dict[Any, np.ndarray]]:
    """What assigns, and the values that it takes.

    Returns:
      In a graph that records, an operation, and the arrays by placeholders. Else a function that assigns when
      it is called, and the arrays by the variables' names; a session can run these two as well.
    """
    # NumPy has no bfloat16.
    arrays = [
        (value.float() if value.dtype is torch.bfloat16 else value).detach().cpu().numpy()
        for _, value in pairs
    ]
    if not records(get_default_graph()):

        def assign_op() -> None:
            _give(pairs, _running_session())

        return assign_op, {_Name(variable.op.name): array for (variable, _), array in zip(pairs, arrays)}
    from slim_torch.control_flow import group
    from slim_torch.recorded_variable import assign
    from slim_torch.sources import placeholder

    feed = {}
    assigned = []
    for (variable, _), array in zip(pairs, arrays):
        given = placeholder(variable.dtype, list(variable.shape), name=f"placeholder/{variable.op.name}")
        feed[given] = array
        assigned.append(assign(variable, given))
    return group(*assigned), feed


def assignment_fn(pairs: Sequence[tuple[Variable, torch.Tensor]]) -> Callable[..., None]:
    """A function of a session that assigns; of nothing, where there are no sessions."""
    from slim_torch.session import Session

    def callback(session: Any = None) -> None:
        given = session if isinstance(session, Session) else None
        if given is not None:
            given.hold()
        _give(pairs, given)

    return callback


def _give(pairs: Sequence[tuple[Variable, torch.Tensor]], session: Any) -> None:
    """Assigns; the variables count as initialized in `session`, or in every one if it is None."""
    with computing():
        for variable, value in pairs:
            Variable.assign(variable, value)
    if session is not None:
        session.mark_initialized([variable for variable, _ in pairs])
        return
    for variable, _ in pairs:
        mark = getattr(variable, "mark_initialized", None)
        if mark is not None:
            mark()


def _running_session() -> Any:
    from slim_torch.session import current_session

    try:
        return current_session()
    except IndexError:
        return None
