"""`Saver`: writes variables to checkpoints, keeps the latest few, and reads them back.

Files and the state file are `files.py`'s, giving variables their values is `restore.py`'s. Invariant: data,
then the state that names it, then the deletion of old data; so a crash leaves a checkpoint loadable.
"""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import torch

from slim_torch import errors
from slim_torch.checkpoint.files import (
    STATE_FILE,
    checkpoint_exists,
    checkpoint_files,
    get_checkpoint_mtimes,
    remove_checkpoint,
    safetensors_path,
    update_checkpoint_state,
)
from slim_torch.checkpoint.reader import load_checkpoint
from slim_torch.checkpoint.restore import Plan, Wanted, wanted_by_name
from slim_torch.checkpoint.training_state import TrainingState
from slim_torch.checkpoint.writing import Entry, entry_of, write_safetensors
from slim_torch.parameter import Variable
from slim_torch.recording import computing
from slim_torch.session import Session
from slim_torch.symbolic import SymbolicTensor
from slim_torch.traced import converted
from slim_torch.variables import global_variables

__all__ = ["FORMAT_VERSION", "Saver", "checkpoint_metadata"]

FORMAT_VERSION = "1"

_SECONDS_PER_HOUR = 3600

_logger = logging.getLogger("slim_torch")


def checkpoint_metadata(global_step: int | None = None, source: str | None = None) -> dict[str, str]:
    """What every safetensors checkpoint says of itself in its header."""
    # "pt" is how other readers of such files know whose tensors they are.
    metadata = {"format": "pt", "slim_torch_format": FORMAT_VERSION}
    if global_step is not None:
        metadata["global_step"] = str(global_step)
    if source is not None:
        metadata["source"] = source
    return metadata


class Saver:
    """Saves and restores variables.

    Args:
      var_list: variables, or a dictionary from the names in the checkpoint to variables; a list as value
        stands for the partitions of one variable. By default all global variables that exist now.
      reshape: whether a tensor of another shape with as many elements is reshaped when it is restored.
      max_to_keep: how many of the checkpoints it wrote it keeps; None or 0 keeps all (and then the state
        file names only the latest, as in TensorFlow).
      keep_checkpoint_every_n_hours: of those that would be deleted, one for every so many hours stays.
      defer_build: whether to take the variables at the first `save` or `restore` instead of now.
      allow_empty: whether there may be no variables; then nothing is saved.
      pad_step_number: whether step numbers are padded with zeros to 8 digits.
      sharded, name, restore_sequentially, write_version, save_relative_paths, filename: accepted, without
        effect: there is one file per checkpoint, always the same format, and paths are always relative.
      saver_def, builder: must be None.

    Raises:
      ValueError: there are no variables, or two of one name, or `defer_build` with `var_list`.
      TypeError: `var_list` is neither list nor dictionary, or holds what is no variable.
      NotImplementedError: `saver_def` or `builder` is given.

    Source: tf.train.Saver.
    """

    def __init__(
        self,
        var_list: Iterable[Variable] | Mapping[str, Any] | None = None,
        reshape: bool = False,
        sharded: bool = False,
        max_to_keep: int | None = 5,
        keep_checkpoint_every_n_hours: float = 10000.0,
        name: str | None = None,
        restore_sequentially: bool = False,
        saver_def: Any = None,
        builder: Any = None,
        defer_build: bool = False,
        allow_empty: bool = False,
        write_version: Any = 2,
        pad_step_number: bool = False,
        save_relative_paths: bool = False,
        filename: str | None = None,
    ) -> None:
        if saver_def is not None or builder is not None:
            raise NotImplementedError("saver_def and builder belong to TensorFlow's graphs. Pass var_list.")
        if defer_build and var_list is not None:
            raise ValueError(
                "If `var_list` is provided then build cannot be deferred. "
                "Either set defer_build=False or var_list=None."
            )
        self._reshape = reshape
        self._max_to_keep = max_to_keep or 0
        self._seconds_between_kept = keep_checkpoint_every_n_hours * _SECONDS_PER_HOUR
        self._next_kept = time.time() + self._seconds_between_kept
        self._allow_empty = allow_empty
        self._pad_step_number = pad_step_number
        self._last_checkpoints: list[tuple[str, float]] = []
        self._wanted: list[Wanted] | None = None
        # What is saved and restored beside the variables while this saver serves a training loop.
        self.companion: TrainingState | None = None
        if not defer_build:
            self._wanted = self._collected(var_list)

    def build(self) -> None:
        """Takes the variables that exist now, if `defer_build` put that off."""
        if self._wanted is None:
            self._wanted = self._collected(None)

    def save(
        self,
        sess: Any,
        save_path: str | os.PathLike[str],
        global_step: Any = None,
        latest_filename: str | None = None,
        meta_graph_suffix: str = "meta",
        write_meta_graph: bool = True,
        write_state: bool = True,
        strip_default_attrs: bool = False,
        save_debug_info: bool = False,
    ) -> str | None:
        """Writes a checkpoint, `<save_path>-<global_step>.safetensors`, and the state file beside it.

        Args:
          sess: the session whose values are saved. None in code without sessions: the values as they are.
          save_path: the prefix of the checkpoint; its folder is made if needed.
          global_step: an integer, an integer variable, or a recorded tensor, joined to the prefix.
          latest_filename: name of the state file, `"checkpoint"` by default.
          write_state: whether to write the state file, and delete checkpoints beyond `max_to_keep`.
          meta_graph_suffix, write_meta_graph, strip_default_attrs, save_debug_info: accepted, without
            effect: there is no graph to write.

        Returns:
          The prefix, such as `logdir/model.ckpt-7`, which everything that restores takes; None if there are
          no variables and that is allowed.

        Raises:
          ValueError: `latest_filename` is a path, or the name of the checkpoint.
          TypeError: `global_step` is no integer, or `sess` no session.
          ValueError: `sess` is a session of another graph.
          RuntimeError: `sess` is closed.
          tf.errors.FailedPreconditionError: a variable is not initialized in `sess`.
          OSError: a file cannot be written. The previous checkpoint is still the latest.
        """
        self.build()
        assert self._wanted is not None
        prefix = os.fspath(save_path)
        latest_filename = latest_filename or STATE_FILE
        if os.path.split(latest_filename)[0]:
            raise ValueError(f"'latest_filename' must not contain path components: {latest_filename!r}.")
        session = self._held_by(sess)
        step = None if global_step is None else _step_number(global_step, session)
        if step is not None:
            prefix += f"-{step:08d}" if self._pad_step_number else f"-{step}"
        elif os.path.basename(prefix) == latest_filename:
            raise ValueError(
                f"'latest_filename' collides with 'save_path': {latest_filename!r} and {prefix!r}."
            )
        if not self._wanted:
            return None
        if session is not None:
            self._check_initialized(session)
        folder = os.path.dirname(prefix)
        os.makedirs(folder or os.curdir, exist_ok=True)
        with computing(), session.writing if session is not None else nullcontext():
            entries = [_entry(item) for item in self._wanted]
            metadata = checkpoint_metadata(step)
            if self.companion is not None:
                tensors, texts = self.companion.saved(session)
                entries += [entry_of(name, tensor) for name, tensor in tensors.items()]
                metadata.update(texts)
            write_safetensors(safetensors_path(prefix), entries, metadata)
        if write_state:
            surplus = self._remember(prefix)
            update_checkpoint_state(folder or os.curdir, prefix, self.last_checkpoints, latest_filename)
            if surplus is not None:
                remove_checkpoint(surplus)
        return prefix

    def restore(self, sess: Any, save_path: str | os.PathLike[str] | None) -> None:
        """Gives the variables the values of a checkpoint: one of `save`, or TensorFlow's own.

        Args:
          sess: the session whose variables are restored, and initialized thereby. None in code without sessions.
          save_path: a prefix as `save` and `latest_checkpoint` return it, or a file.

        Raises:
          ValueError: there is no such checkpoint; or names are missing, shapes or dtypes differ, or it is
            damaged: all that does not fit is listed, and nothing has been assigned. The error is a
            `tf.errors.NotFoundError` too where names are missing, an InvalidArgumentError where others differ.
          TypeError, RuntimeError: as `save`.
        """
        self.build()
        assert self._wanted is not None
        if save_path is None:
            raise ValueError(
                "Can't load save_path when it is None. There may be no checkpoint in the folder yet."
            )
        if not checkpoint_exists(save_path):
            raise ValueError(f"The passed save_path is not a valid checkpoint: {_what_is_at(save_path)}")
        _logger.info("Restoring parameters from %s", os.fspath(save_path))
        plan = Plan(save_path, self._wanted, reshape=self._reshape)
        session = self._held_by(sess)
        if self.companion is None:
            plan.run(session)
            return
        plan.check()
        put_companion = self.companion.prepared(plan.path, plan.reader, session)
        plan.run(session)
        put_companion()

    @property
    def last_checkpoints(self) -> list[str]:
        """The prefixes of the checkpoints that are kept, oldest first."""
        return [prefix for prefix, _ in self._last_checkpoints]

    def set_last_checkpoints(self, last_checkpoints: Sequence[str]) -> None:
        """Replaces the list of kept checkpoints, oldest first.

        Their age is not known, so retention drops them from the list and deletes no file of them, as in
        TensorFlow. To have them deleted, use `recover_last_checkpoints`.

        Raises:
          TypeError: it is not a list. (TensorFlow: AssertionError.)
        """
        _check_list(last_checkpoints)
        self._last_checkpoints = [(os.fspath(prefix), math.inf) for prefix in last_checkpoints]

    def set_last_checkpoints_with_time(self, last_checkpoints_with_time: Sequence[tuple[str, float]]) -> None:
        """The same from pairs of prefix and time of writing, in seconds since 1970."""
        _check_list(last_checkpoints_with_time)
        self._last_checkpoints = [
            (os.fspath(prefix), float(seconds)) for prefix, seconds in last_checkpoints_with_time
        ]

    def recover_last_checkpoints(self, checkpoint_paths: Sequence[str]) -> None:
        """Takes up the checkpoints of an earlier run, so that retention counts them too.

        Those that are not there are left out. Pass `get_checkpoint_state(folder).all_model_checkpoint_paths`.
        """
        found = [os.fspath(path) for path in checkpoint_paths if checkpoint_files(path)]
        self.set_last_checkpoints_with_time(list(zip(found, get_checkpoint_mtimes(found), strict=True)))

    def _held_by(self, sess: Any) -> Session | None:
        """The session that is given, if its graph is that of the variables; they hold its values from now on."""
        assert self._wanted is not None
        graph = next((variable.graph for item in self._wanted for variable in item.variables), None)
        if sess is None or graph is None or graph.recorder is None:
            return None
        if not isinstance(sess, Session):
            raise TypeError(f"'sess' must be a Session; {sess}")
        if sess.graph is not graph:
            raise ValueError("The session is of another graph than the variables of this Saver.")
        sess.hold()
        return sess

    def _check_initialized(self, session: Session) -> None:
        for item in self._wanted or ():
            for variable in item.variables:
                if not session.is_initialized(variable):
                    raise errors.FailedPreconditionError(
                        None, None, f"Attempting to use uninitialized value {variable.op.name}"
                    )

    def _collected(self, var_list: Any) -> list[Wanted]:
        wanted = wanted_by_name(global_variables() if var_list is None else var_list)
        if not wanted and not self._allow_empty:
            raise ValueError(
                "No variables to save. Make the Saver after the model has made its variables, or pass them."
            )
        names = [item.name for item in wanted]
        twice = (
            sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
        )
        if twice:
            raise ValueError(f"At least two variables have the same name: {', '.join(twice)}.")
        owners: dict[int, str] = {}
        for item in wanted:
            for variable in item.variables:
                if id(variable) in owners:
                    raise ValueError(
                        f"The same saveable will be restored with two names: {owners[id(variable)]} and "
                        f"{item.name}, the variable {variable.op.name}."
                    )
                owners[id(variable)] = item.name
        return wanted

    def _remember(self, prefix: str) -> str | None:
        """Adds `prefix` to the list of kept checkpoints. The one that has to go, if any: one at a time."""
        if self._max_to_keep <= 0:
            return None
        kept = [entry for entry in self._last_checkpoints if entry[0] != prefix]
        kept.append((prefix, time.time()))
        self._last_checkpoints = kept
        if len(kept) <= self._max_to_keep:
            return None
        oldest, written = kept.pop(0)
        if written > self._next_kept:
            self._next_kept += self._seconds_between_kept
            return None
        return oldest


def _entry(item: Wanted) -> Entry:
    if len(item.variables) == 1:
        return entry_of(item.name, item.variables[0])
    axis = item.axis(())
    if axis is None:
        shapes = ", ".join(str(list(variable.shape)) for variable in item.variables)
        raise ValueError(f"The partitions of '{item.name}' cannot be joined: {shapes}.")

    def pieces() -> Iterator[torch.Tensor]:
        parts = [variable.detach().cpu() for variable in item.variables]
        yield torch.cat(parts, axis).reshape(-1)

    return Entry(item.name, item.variables[0].dtype, tuple(item.joined(axis)), pieces)


def _step_number(global_step: Any, session: Session | None) -> int:
    if isinstance(global_step, (str, bytes, float)):
        raise TypeError(f"global_step is {global_step!r}, expected an integer or an integer variable.")
    global_step = converted(global_step)
    if isinstance(global_step, SymbolicTensor):
        if session is None:
            raise ValueError(f"global_step is {global_step!r}: its value needs a session. Pass sess.")
        return int(session.run(global_step))
    return int(global_step)


def _what_is_at(save_path: str | os.PathLike[str]) -> str:
    path = os.fspath(save_path)
    if os.path.isdir(path):
        return f"'{path}' is a folder. Pass latest_checkpoint('{path}')."
    try:
        load_checkpoint(path)
    except (OSError, ValueError) as err:
        return str(err)
    return f"'{path}' is a pattern or a part of a checkpoint. Pass its prefix."


def _check_list(paths: Any) -> None:
    if not isinstance(paths, list):
        raise TypeError(f"expected a list of checkpoints, got {paths!r}.")
