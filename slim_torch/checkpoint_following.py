"""Following a folder into which another process writes checkpoints.

Here is how a new checkpoint is noticed, and what it means that one cannot be read (yet): it is being deleted, copied
or replaced. What is done with a checkpoint is the caller's. Invariant: a checkpoint is given again only when
the caller said that it could not be read.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from slim_torch.checkpoint.errors import CheckpointError
from slim_torch.checkpoint.files import STATE_FILE, checkpoint_exists, get_checkpoint_state

__all__ = [
    "CheckpointFollower",
    "GuardedSaver",
    "UnreadableCheckpointError",
    "checkpoints_iterator",
    "wait_for_new_checkpoint",
]

PathLike = str | os.PathLike[str]

_SECONDS_BETWEEN_LOOKS = 1.0

# Between two attempts at one checkpoint, which are ever further apart.
_LONGEST_PAUSE = 30.0

_logger = logging.getLogger("slim_torch")


class UnreadableCheckpointError(Exception):
    """A checkpoint is not there any more, or not there as a whole. Its cause is the error of reading it."""


def wait_for_new_checkpoint(
    checkpoint_dir: PathLike,
    last_checkpoint: str | None = None,
    seconds_to_sleep: float = _SECONDS_BETWEEN_LOOKS,
    timeout: float | None = None,
) -> str | None:
    """Waits until a folder has another latest checkpoint than `last_checkpoint`.

    Args:
      checkpoint_dir: the folder; it need not be there yet.
      last_checkpoint: the checkpoint that is not new; None takes any.
      seconds_to_sleep: the seconds between two looks.
      timeout: the seconds to wait at most; None waits for ever.

    Returns:
      The checkpoint, as `tf.train.latest_checkpoint` names it; None after the timeout. It is not waited for longer
      than there is time for another look, so a timeout below `seconds_to_sleep` looks once.

    A state file that is damaged, or names a checkpoint that is not there, is as good as none: it says so in the
    log, and looks again. Source: tf.contrib.training.wait_for_new_checkpoint.
    """
    _logger.info("Waiting for new checkpoint at %s", os.fspath(checkpoint_dir))
    end = None if timeout is None else time.time() + timeout
    said: str | None = None
    while True:
        path, problem = _latest(checkpoint_dir)
        if path is not None and path != last_checkpoint:
            _logger.info("Found new checkpoint at %s", path)
            return path
        if problem is not None and problem != said:
            _logger.warning("%s", problem)
            said = problem
        if end is not None and time.time() + seconds_to_sleep > end:
            return None
        time.sleep(seconds_to_sleep)


def checkpoints_iterator(
    checkpoint_dir: PathLike,
    min_interval_secs: float = 0,
    timeout: float | None = None,
    timeout_fn: Callable[[], bool] | None = None,
) -> Iterator[str]:
    """The checkpoints of a folder as they come, each time the latest.

    Args:
      checkpoint_dir: the folder; it need not be there yet.
      min_interval_secs: the least seconds between giving two checkpoints.
      timeout: the seconds to wait for one; None waits for ever.
      timeout_fn: called when the time is over; True ends, False waits once more. By default it ends.

    Checkpoints that come faster than they are asked for are skipped. See `wait_for_new_checkpoint`.
    Source: tf.train.checkpoints_iterator.
    """
    yield from CheckpointFollower(checkpoint_dir, min_interval_secs, timeout, timeout_fn)


class CheckpointFollower:
    """The iterator of `checkpoints_iterator`, to which the one given last can be put back."""

    def __init__(
        self,
        checkpoint_dir: PathLike,
        min_interval_secs: float = 0,
        timeout: float | None = None,
        timeout_fn: Callable[[], bool] | None = None,
    ) -> None:
        self._folder = os.fspath(checkpoint_dir)
        self._interval = min_interval_secs
        self._timeout = timeout
        self._timeout_fn = timeout_fn
        self._given: str | None = None
        self._given_at = 0.0
        self._done: str | None = None
        self._waiting_since = 0.0
        self._was_put_back = False
        self._retries = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._was_put_back:
            pause = min(_SECONDS_BETWEEN_LOOKS * 2**self._retries, _LONGEST_PAUSE)
            self._retries += 1
            time.sleep(pause if self._timeout is None else min(pause, self._left(self._timeout)))
        else:
            self._done, self._retries = self._given, 0
            if self._given is not None:
                # The next look is not before the interval is over.
                time.sleep(max(0.0, self._given_at + self._interval - time.time()))
            self._waiting_since = time.time()
        while True:
            left = None if self._timeout is None else self._left(self._timeout)
            path = None
            if not self._was_put_back or left != 0:
                path = wait_for_new_checkpoint(self._folder, self._done, timeout=left)
            if path is not None:
                self._given, self._given_at, self._was_put_back = path, time.time(), False
                return path
            if self._timeout_fn is None:
                _logger.info("Timed-out waiting for a checkpoint.")
                raise StopIteration
            if self._timeout_fn():
                raise StopIteration
            self._waiting_since = time.time()

    def put_back(self, reason: BaseException | None) -> None:
        """The checkpoint given last could not be read: it is given again, if it still is the latest then."""
        _logger.warning(
            "The checkpoint %s cannot be read, and is not evaluated now: %s. It may be about to be deleted, or not be written "
            "completely; looking again.",
            self._given,
            reason,
        )
        self._was_put_back = True

    def _left(self, timeout: float) -> float:
        return max(0.0, self._waiting_since + timeout - time.time())


class GuardedSaver:
    """A saver whose `restore` raises `UnreadableCheckpointError` where the checkpoint, not the model, is the trouble."""

    def __init__(self, saver: Any) -> None:
        self._saver = saver

    def restore(self, session: Any, path: str) -> None:
        if not checkpoint_exists(path):
            raise UnreadableCheckpointError(f"'{path}' is not there any more")
        try:
            self._saver.restore(session, path)
        except (CheckpointError, OSError) as err:
            raise UnreadableCheckpointError(str(err)) from err
        except ValueError as err:
            # It does not fit the model, or has gone while it was opened.
            if checkpoint_exists(path):
                raise
            raise UnreadableCheckpointError(str(err)) from err


def _latest(folder: PathLike) -> tuple[str | None, str | None]:
    """The latest checkpoint that is there, else what is in the way of it, if anything is."""
    state_file = os.path.join(folder, STATE_FILE)
    try:
        state = get_checkpoint_state(folder)
    except (ValueError, OSError) as err:
        return None, f"{state_file}: Checkpoint ignored: {err}"
    if state is None:
        return None, None
    path: str = state.model_checkpoint_path
    if checkpoint_exists(path):
        return path, None
    return None, f"Couldn't match files for checkpoint {path}"
