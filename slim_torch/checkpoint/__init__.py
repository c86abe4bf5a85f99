"""Checkpoints: TensorFlow's files are read, safetensors files with TensorFlow's names are written.

`reader.py` opens a checkpoint of any format, `files.py` knows folders and their state file, `restore.py` gives
variables their values, `saver.py` writes checkpoints and keeps the latest, `conversion.py` goes from one format to
the other, and `training.py` knows what a training run keeps.
What is here is imported when it is first used.
"""

from typing import TYPE_CHECKING

from slim_torch.lazy import attach

if TYPE_CHECKING:
    from slim_torch.checkpoint.conversion import Conversion, convert
    from slim_torch.checkpoint.errors import CheckpointError
    from slim_torch.checkpoint.files import (
        CheckpointState,
        checkpoint_exists,
        get_checkpoint_mtimes,
        get_checkpoint_state,
        latest_checkpoint,
        load_safetensors,
        remove_checkpoint,
        save_safetensors,
        update_checkpoint_state,
    )
    from slim_torch.checkpoint.interface import CheckpointReader
    from slim_torch.checkpoint.reader import load_checkpoint
    from slim_torch.checkpoint.restore import (
        assign_from_checkpoint,
        assign_from_checkpoint_fn,
        init_from_checkpoint,
        list_variables,
        load_variable,
    )
    from slim_torch.checkpoint.saver import Saver
    from slim_torch.checkpoint.slots import optimizer_slots
    from slim_torch.checkpoint.training import restore_training, save_training

if not TYPE_CHECKING:
    __all__, __getattr__, __dir__ = attach(__name__, "slim_torch.checkpoint")
