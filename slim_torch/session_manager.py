"""Making a session ready for training: restore a checkpoint, else initialize; then check that it is ready."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from slim_torch import errors
from slim_torch.checkpoint.files import get_checkpoint_state
from slim_torch.graph import Graph, get_default_graph
from slim_torch.session import Session

__all__ = ["SessionManager"]

_logger = logging.getLogger("slim_torch")


class SessionManager:
    """Makes sessions whose variables have values.

    Args:
      local_init_op: run in every session, after restoring or initializing.
      ready_op: its value names what is not initialized, such as `tf.report_uninitialized_variables()`; the
        session is ready when there is nothing in it. None: it is always ready.
      ready_for_local_init_op: the same for running `local_init_op`.
      graph: the default graph by default.
      recovery_wait_secs: the seconds between two looks for a checkpoint, or at `ready_op`.
      local_init_run_options: accepted without effect.

    Raises:
      ValueError: `ready_for_local_init_op` without `local_init_op`.

    Source: tf.train.SessionManager.
    """

    def __init__(
        self,
        local_init_op: Any = None,
        ready_op: Any = None,
        ready_for_local_init_op: Any = None,
        graph: Graph | None = None,
        recovery_wait_secs: float = 30,
        local_init_run_options: Any = None,
    ) -> None:
        if ready_for_local_init_op is not None and local_init_op is None:
            raise ValueError(
                "If you pass a ready_for_local_init_op you must also pass a local_init_op , ready_for_local_init_op "
                f"[{ready_for_local_init_op}]"
            )
        self._graph = get_default_graph() if graph is None else graph
        self._local_init_op = local_init_op
        self._ready_op = ready_op
        self._ready_for_local_init_op = ready_for_local_init_op
        self._recovery_wait_secs = recovery_wait_secs

    def prepare_session(
        self,
        master: str = "",
        init_op: Any = None,
        saver: Any = None,
        checkpoint_dir: str | None = None,
        checkpoint_filename_with_path: str | None = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        config: Any = None,
        init_feed_dict: Any = None,
        init_fn: Callable[[Session], Any] | None = None,
    ) -> Session:
        """A session that is ready: restored from the latest checkpoint, or else initialized.

        Args:
          master: accepted without effect.
          init_op, init_feed_dict: run when there is no checkpoint, with these feeds.
          saver: restores; None restores nothing.
          checkpoint_dir: the folder whose latest checkpoint is restored.
          checkpoint_filename_with_path: the checkpoint to restore, in place of the folder.
          wait_for_checkpoint: whether to wait for one, `max_wait_secs` seconds at most.
          config: of the session.
          init_fn: called with the session after `init_op`, when there is no checkpoint.

        Raises:
          RuntimeError: there is nothing to initialize by, or the session is not ready afterwards.
          ValueError: a folder and a checkpoint are given.
        """
        session, restored = self._restored(
            saver, checkpoint_dir, checkpoint_filename_with_path, wait_for_checkpoint, max_wait_secs, config
        )
        if not restored:
            if init_op is None and init_fn is None and self._local_init_op is None:
                raise RuntimeError(
                    "Model is not initialized and no init_op or init_fn or local_init_op was given"
                )
            if init_op is not None:
                session.run(init_op, feed_dict=init_feed_dict)
            if init_fn is not None:
                init_fn(session)
        given = f"Init op: {_name(init_op)}, init fn: {init_fn}, local_init_op: {_name(self._local_init_op)}"
        problem = self._initialize_locally(session)
        if problem is not None:
            raise RuntimeError(
                f"Init operations did not make model ready for local_init.  {given}, error: {problem}"
            )
        problem = _not_ready(self._ready_op, session)
        if problem is not None:
            raise RuntimeError(f"Init operations did not make model ready.  {given}, error: {problem}")
        return session

    def recover_session(
        self,
        master: str = "",
        saver: Any = None,
        checkpoint_dir: str | None = None,
        checkpoint_filename_with_path: str | None = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        config: Any = None,
    ) -> tuple[Session, bool]:
        """A session, and whether a checkpoint was restored that made it ready. Arguments as `prepare_session`."""
        session, restored = self._restored(
            saver, checkpoint_dir, checkpoint_filename_with_path, wait_for_checkpoint, max_wait_secs, config
        )
        ready = (
            restored
            and self._initialize_locally(session) is None
            and _not_ready(self._ready_op, session) is None
        )
        return session, ready

    def wait_for_session(
        self, master: str = "", config: Any = None, max_wait_secs: float = math.inf
    ) -> Session:
        """A session that is ready without initializing: its variables were given values from outside.

        Raises:
          tf.errors.DeadlineExceededError: it is not ready after `max_wait_secs`.
        """
        begin = time.monotonic()
        while True:
            session = Session(graph=self._graph, config=config)
            if self._initialize_locally(session) is None and _not_ready(self._ready_op, session) is None:
                return session
            session.close()
            waited = time.monotonic() - begin
            if waited + self._recovery_wait_secs > max_wait_secs:
                raise errors.DeadlineExceededError(
                    None, None, f"Session was not ready after waiting {int(waited)} secs."
                )
            time.sleep(self._recovery_wait_secs)

    def _restored(
        self,
        saver: Any,
        folder: str | None,
        checkpoint: str | None,
        wait: bool,
        max_wait_secs: float,
        config: Any,
    ) -> tuple[Session, bool]:
        """A new session, and whether a checkpoint was restored into it."""
        if folder and checkpoint:
            raise ValueError("Can not provide both checkpoint_dir and checkpoint_filename_with_path.")
        session = Session(graph=self._graph, config=config)
        if saver is None or not (folder or checkpoint):
            return session, False
        if checkpoint:
            saver.restore(session, checkpoint)
            return session, True
        assert folder is not None
        begin = time.monotonic()
        state = get_checkpoint_state(folder)
        while state is None or not state.model_checkpoint_path:
            waited = time.monotonic() - begin
            if not wait or waited >= max_wait_secs:
                return session, False
            time.sleep(min(self._recovery_wait_secs, max_wait_secs - waited))
            state = get_checkpoint_state(folder)
        saver.restore(session, state.model_checkpoint_path)
        saver.recover_last_checkpoints(state.all_model_checkpoint_paths)
        return session, True

    def _initialize_locally(self, session: Session) -> str | None:
        """Runs `local_init_op` where that may be; what is in the way, else None."""
        if self._local_init_op is None:
            return None
        problem = _not_ready(self._ready_for_local_init_op, session)
        if problem is None:
            _logger.info("Running local_init_op.")
            session.run(self._local_init_op)
            _logger.info("Done running local_init_op.")
        return problem


def _not_ready(op: Any, session: Session) -> str | None:
    """What a ready op says is missing; None if nothing, or if there is no op."""
    if op is None:
        return None
    try:
        missing = session.run(op)
    except errors.FailedPreconditionError as err:
        return str(err)
    if np.size(missing) == 0:
        return None
    names = [item.decode() if isinstance(item, bytes) else str(item) for item in np.ravel(missing)]
    return f"Variables not initialized: {', '.join(names)}"


def _name(op: Any) -> str:
    return str(None) if op is None else str(getattr(op, "name", op))
