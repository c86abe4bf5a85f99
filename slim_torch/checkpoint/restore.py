"""Giving variables the values of a checkpoint, in TensorFlow's formats or ours.

Everything goes through `Plan`: it finds out what of a wanted set of variables is in a checkpoint, reads it,
and only then assigns. Invariant: a checkpoint that does not fit, or cannot be read, changes no variable,
and one error says everything that does not fit.
"""

from __future__ import annotations

import difflib
import logging
import math
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from slim_torch.assignments import assignment, assignment_fn
from slim_torch.checkpoint.errors import InvalidArgumentError, NotFoundError
from slim_torch.checkpoint.reader import load_checkpoint
from slim_torch.checkpoint.writing import dtype_name
from slim_torch.graph import get_default_graph
from slim_torch.parameter import Variable

__all__ = [
    "Plan",
    "assign_from_checkpoint",
    "assign_from_checkpoint_fn",
    "excluding_scopes",
    "init_from_checkpoint",
    "list_variables",
    "load_variable",
    "wanted_by_name",
]

VarList = Iterable[Variable] | Mapping[str, Any]
PathLike = str | os.PathLike[str]

_SHOWN_NEAREST = 3
_SEARCHED_NEAREST = 10  # comparing names takes its time

_logger = logging.getLogger("slim_torch")


class Wording(NamedTuple):
    """How TensorFlow's function of that name says what does not fit; code may look for it."""

    missing: str = "Key {name} not found in checkpoint"
    shapes: str = "{name}: the checkpoint has {found}, the variable is {expected}"


_SAVER = Wording()
_ASSIGN = Wording(
    missing="Checkpoint is missing variable [{name}]",
    shapes="{name}: Total size of new array must be unchanged: the checkpoint has {found_shape}, "
    "the variable {expected_shape}",
)
_INIT = Wording(
    missing="Tensor {name}{within} is not found in {path} checkpoint",
    shapes="Shape of variable {variable} ({expected_shape}) doesn't match with shape of tensor {name} "
    "({found_shape}) from checkpoint reader.",
)


class Wanted(NamedTuple):
    """What one tensor of a checkpoint goes to: a variable, or the partitions of one, in order."""

    name: str
    variables: tuple[Variable, ...]
    within: str = ""

    def axis(self, found: Sequence[int]) -> int | None:
        """The axis along which the partitions give `found`; else the first along which they fit together."""
        axes = _partition_axes(self.variables)
        return next((axis for axis in axes if self.joined(axis) == list(found)), axes[0] if axes else None)

    def joined(self, axis: int | None) -> list[int]:
        """The shape of the whole."""
        shape = list(self.variables[0].shape)
        if len(self.variables) > 1 and axis is not None:
            shape[axis] = sum(variable.shape[axis] for variable in self.variables)
        return shape

    def shape(self, found: Sequence[int]) -> list[int]:
        """The shape that is wanted, where `found` is there."""
        return self.joined(self.axis(found))


class Plan:
    """What to assign from a checkpoint, and what is in the way of it.

    Args:
      path: the checkpoint.
      wanted: which tensors go where.
      reshape: whether only the number of elements has to fit.
      cast: whether the dtypes may differ.
      drop_missing: whether variables that the checkpoint lacks are left out, with a warning.
      wording: how to say what does not fit.
    """

    def __init__(
        self,
        path: PathLike,
        wanted: Iterable[Wanted],
        *,
        reshape: bool = False,
        cast: bool = False,
        drop_missing: bool = False,
        wording: Wording = _SAVER,
    ) -> None:
        self.path = os.fspath(path)
        self.reader = load_checkpoint(path)
        self._shapes = self.reader.get_variable_to_shape_map()
        self._dtypes = self.reader.get_variable_to_dtype_map()
        self._reshape, self._cast, self._wording = reshape, cast, wording
        self.wanted = list(wanted)
        if drop_missing:
            for missing in [item for item in self.wanted if item.name not in self._shapes]:
                _logger.warning("Variable %s missing in checkpoint %s", missing.name, self.path)
            self.wanted = [item for item in self.wanted if item.name in self._shapes]

    def check(self) -> None:
        """Compares names, shapes and dtypes; reads no data.

        Raises:
          ValueError: something does not fit. All of it is named. With the saver's wording it is TensorFlow's
            NotFoundError or InvalidArgumentError too.
        """
        missing = [item for item in self.wanted if item.name not in self._shapes]
        unfit = [item for item in self.wanted if item.name in self._shapes and not self._fits(item)]
        if missing or unfit:
            message = self._misfit(missing, unfit)
            if self._wording is not _SAVER:
                raise ValueError(message)
            raise (NotFoundError if missing else InvalidArgumentError)(None, None, message)

    def values(self) -> list[tuple[Variable, torch.Tensor]]:
        """Each variable with the value to assign; everything is read, and nothing assigned.

        Raises:
          ValueError: as `check`; or the checkpoint is damaged (`CheckpointError`).
        """
        self.check()
        pairs: list[tuple[Variable, torch.Tensor]] = []
        for item in self.wanted:
            tensor = self.reader.get_torch(item.name)
            axis = item.axis(tensor.shape)
            if self._reshape:
                tensor = tensor.reshape(item.joined(axis))
            parts: Sequence[torch.Tensor] = [tensor]
            if len(item.variables) > 1 and axis is not None:
                parts = tensor.split([variable.shape[axis] for variable in item.variables], axis)
            pairs += zip(item.variables, parts, strict=True)
        return pairs

    def run(self, session: Any = None) -> None:
        """Assigns, in `session` if it is one. Raises as `values`; then nothing has been assigned."""
        assignment_fn(self.values())(session)

    def _fits(self, item: Wanted) -> bool:
        found = self._shapes[item.name]
        expected = item.shape(found)
        dtype = self._dtypes[item.name]
        if not isinstance(dtype, torch.dtype) or (not self._cast and dtype != item.variables[0].dtype):
            return False
        if len(item.variables) > 1 and item.axis(found) is None:
            return False
        return math.prod(found) == math.prod(expected) if self._reshape else found == expected

    def _misfit(self, missing: Sequence[Wanted], unfit: Sequence[Wanted]) -> str:
        parts = [f"'{self.path}' does not fit the model; nothing was assigned."]
        if unfit:
            lines = [self._mismatch(item) for item in unfit]
            parts.append("\n".join([f"{len(unfit)} of another shape or dtype:", *lines]))
        if missing:
            lines = [self._missing(item, number) for number, item in enumerate(missing)]
            parts.append("\n".join([f"{len(missing)} not there:", *lines]))
        parts += self._advice(missing, unfit)
        return "\n".join(parts)

    def _missing(self, item: Wanted, number: int) -> str:
        line = self._wording.missing.format(name=item.name, within=item.within, path=self.path)
        near: list[str] = []
        if number < _SEARCHED_NEAREST:
            near = difflib.get_close_matches(item.name, self._shapes, n=_SHOWN_NEAREST)
        return f"  {line}" + (f" (it has {', '.join(near)})" if near else "")

    def _mismatch(self, item: Wanted) -> str:
        found = self._shapes[item.name]
        dtype = dtype_name(self._dtypes[item.name])
        expected = item.shape(found)
        wording = _SAVER if self._differs_in_dtype_only(item) else self._wording
        line = wording.shapes.format(
            name=item.name,
            variable=item.variables[0].op.name,
            found=f"{dtype} {found}",
            expected=f"{dtype_name(item.variables[0].dtype)} {expected}",
            found_shape=tuple(found),
            expected_shape=tuple(expected),
        )
        if len(item.variables) > 1:
            sizes = ", ".join(str(list(variable.shape)) for variable in item.variables)
            line += f" (in {len(item.variables)} partitions: {sizes})"
        return f"  {line}"

    def _advice(self, missing: Sequence[Wanted], unfit: Sequence[Wanted]) -> list[str]:
        bad = {id(variable): variable.name for item in (*missing, *unfit) for variable in item.variables}
        every = [variable for item in self.wanted for variable in item.variables]
        kept = [variable.name for variable in every if id(variable) not in bad]
        advice = []
        if any(self._differs_in_dtype_only(item) for item in unfit):
            advice.append(
                "Where only the dtypes differ: assign_from_checkpoint converts, and so does "
                "`slim-torch convert --dtype`."
            )
        if kept:
            scopes = excluding_scopes(bad.values(), kept)
            advice.append(
                f"The other {len(kept)} fit; to restore only those: get_variables_to_restore(exclude={scopes})."
            )
        elif missing:
            advice.append(
                "None of the variables fit. If the checkpoint has them under other names, pass a dictionary from "
                "its names to variables; `slim-torch inspect` lists them."
            )
        return advice

    def _differs_in_dtype_only(self, item: Wanted) -> bool:
        found = self._shapes[item.name]
        expected = item.shape(found)
        return found == expected or (self._reshape and math.prod(found) == math.prod(expected))


def excluding_scopes(bad: Iterable[str], good: Iterable[str]) -> list[str]:
    """The shortest scopes that match every name of `bad` and none of `good`, as slim matches them.

    Slim takes a scope for a regular expression that fits a name from its start, so `'a/b'` fits `a/b2/w:0` too.
    """
    good = list(good)
    beginnings: list[str] = []
    for name in bad:
        if name.startswith(tuple(beginnings)):
            continue
        parts = name.removesuffix(":0").split("/")
        candidates = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
        candidates.append(candidates[-1] + ":")
        beginnings.append(
            next((c for c in candidates if not any(g.startswith(c) for g in good)), candidates[-1])
        )
    return [re.escape(beginning).replace(r"\-", "-") for beginning in beginnings]


def wanted_by_name(var_list: VarList, parameter: str = "var_list") -> list[Wanted]:
    """Which tensors go to which variables, for a list of variables or a dictionary from names.

    Raises:
      TypeError: it is neither, or holds what is no variable.
    """
    if isinstance(var_list, (str, bytes, torch.Tensor)) or not isinstance(var_list, Iterable):
        raise TypeError(
            f"Variables to save should be passed in a dict or a list: {parameter} is {var_list!r}."
        )
    if isinstance(var_list, Mapping):
        items = list(var_list.items())
    else:
        items = [(_name_of(variable, parameter), variable) for variable in var_list]
    wanted = []
    for name, value in items:
        variables = tuple(value) if isinstance(value, (list, tuple)) else (value,)
        for variable in variables:
            _name_of(variable, f"{parameter}['{name}']")
        if variables:
            wanted.append(Wanted(str(name), variables))
    return wanted


def assign_from_checkpoint(
    model_path: PathLike, var_list: VarList, ignore_missing_vars: bool = False
) -> tuple[Any, dict[Any, np.ndarray[Any, Any]]]:
    """Prepares assigning the values of a checkpoint to variables. They are read now.

    Args:
      model_path: a checkpoint in any format that `load_checkpoint` reads.
      var_list: variables, or a dictionary from names in the checkpoint to variables. A list as value
        stands for the partitions of one variable, in order; they take their parts of the tensor.
      ignore_missing_vars: whether variables that the checkpoint lacks are left as they are, with a warning.

    Returns:
      `(assign_op, feed_dict)`. In a recorded graph `session.run(assign_op, feed_dict)` assigns. Elsewhere
      calling `assign_op()` does, and `feed_dict` holds the arrays by the variables' names.

    Raises:
      ValueError: variables are missing or have another shape; all of them are listed, and nothing is
        assigned. A `CheckpointError` (a ValueError too) if the checkpoint is damaged.
      FileNotFoundError: there is no such checkpoint.

    Values are converted to the dtypes of the variables. Source: tf.contrib.framework.assign_from_checkpoint.
    """
    plan = Plan(
        model_path,
        wanted_by_name(var_list),
        cast=True,
        drop_missing=ignore_missing_vars,
        wording=_ASSIGN,
    )
    return assignment([(variable, value.to(variable.dtype)) for variable, value in plan.values()])


def assign_from_checkpoint_fn(
    model_path: PathLike,
    var_list: VarList,
    ignore_missing_vars: bool = False,
    reshape_variables: bool = False,
) -> Callable[..., None] | None:
    """A function that assigns the values of a checkpoint, such as `learning.train` takes as `init_fn`.

    Args:
      model_path, var_list, ignore_missing_vars: as for `assign_from_checkpoint`.
      reshape_variables: whether a tensor of another shape with as many elements is reshaped.

    Returns:
      A function of the session; without sessions it needs none. The checkpoint is read when it is called. None, with a warning, when variables are missing, that is ignored, and
      none is left.

    Raises:
      ValueError: `var_list` is empty. The function raises it when the checkpoint does not fit: missing
        names, other shapes, other dtypes. All are listed, and nothing is assigned.

    Source: tf.contrib.framework.assign_from_checkpoint_fn.
    """
    if isinstance(var_list, Iterable) and not isinstance(var_list, (Mapping, torch.Tensor)):
        var_list = list(var_list)
    wanted = wanted_by_name(var_list)
    if not var_list:
        raise ValueError("var_list cannot be empty. Pass the variables to restore.")
    if ignore_missing_vars:
        wanted = Plan(model_path, wanted, drop_missing=True).wanted
        if not wanted:
            _logger.warning("No Variables to restore")
            return None

    def callback(session: Any = None) -> None:
        Plan(model_path, wanted, reshape=reshape_variables).run(session)

    return callback


def init_from_checkpoint(ckpt_dir_or_file: PathLike, assignment_map: Mapping[str, Any]) -> None:
    """Gives variables that exist the values of a checkpoint, by an assignment map.

    Args:
      ckpt_dir_or_file: a checkpoint, or a folder with a state file.
      assignment_map: from the checkpoint's names to variables. An entry is one of
        `'old/scope/': 'new/scope/'` (every variable under the new scope gets the tensor of the same name
        under the old one; `'/'` is the root), `'name': 'name of a variable'`, `'name': variable`,
        `'name': [partitions of a variable]`.

    Raises:
      ValueError: tensors are missing, shapes or dtypes differ, or an entry is not one of the above. All
        are listed, and nothing is assigned.

    The values replace the initial ones; code without sessions finds them assigned. So call it after the model
    has made its variables. Source: tf.train.init_from_checkpoint.
    """
    # What tf.get_variable made, by name.
    known = get_default_graph()._store
    wanted: list[Wanted] = []
    problems = []
    for source, target in assignment_map.items():
        if not isinstance(target, str):
            wanted += wanted_by_name({source: target}, "assignment_map")
        elif not target.endswith("/") and not source.endswith("/") and target in known:
            wanted.append(Wanted(source, (known[target],)))
        elif not target.endswith("/") or not source.endswith("/"):
            problems.append(
                f"Assignment map with scope only name {target} should map to scope only {source}. "
                f"Should be 'scope/': 'other_scope/'. There is no variable '{target}'{_nearest(target, known)}."
            )
        else:
            scope, old = target.rstrip("/"), source.rstrip("/")
            beginning = f"{scope}/" if scope else ""
            for name, variable in known.items():
                if name.startswith(beginning):
                    rest = name[len(beginning) :]
                    within = f" ({rest} in {source})"
                    wanted.append(Wanted(f"{old}/{rest}" if old else rest, (variable,), within))
    if problems:
        raise ValueError("\n".join(problems))
    for variable, value in Plan(ckpt_dir_or_file, wanted, wording=_INIT).values():
        variable.replace_initial_value(value)


def list_variables(ckpt_dir_or_file: PathLike) -> list[tuple[str, list[int]]]:
    """Names and shapes of everything in a checkpoint, sorted. Source: tf.train.list_variables."""
    shapes = load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map()
    return [(name, list(shapes[name])) for name in sorted(shapes)]


def load_variable(ckpt_dir_or_file: PathLike, name: str) -> np.ndarray[Any, Any]:
    """The value of one tensor of a checkpoint; `name` may end in `:0`. Source: tf.train.load_variable."""
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name.removesuffix(":0"))


def _name_of(variable: Any, where: str) -> str:
    if not isinstance(variable, Variable):
        raise TypeError(f"{where} holds {variable!r}, expected a variable.")
    return variable.op.name


def _nearest(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(names), n=_SHOWN_NEAREST)
    return f"; the nearest are {', '.join(near)}" if near else ""


def _partition_axes(variables: Sequence[Variable]) -> list[int]:
    """The axes along which the variables can be joined."""
    first = variables[0].shape
    return [
        axis
        for axis in range(len(first))
        if all(
            len(variable.shape) == len(first)
            and variable.shape[:axis] == first[:axis]
            and variable.shape[axis + 1 :] == first[axis + 1 :]
            for variable in variables
        )
    ]
