"""`tf.train`: checkpoints and the global step, under TensorFlow's names."""

from slim_torch.checkpoint.files import (
    checkpoint_exists,
    get_checkpoint_mtimes,
    get_checkpoint_state,
    latest_checkpoint,
    remove_checkpoint,
    update_checkpoint_state,
)
from slim_torch.checkpoint.reader import load_checkpoint
from slim_torch.checkpoint.reader import load_checkpoint as NewCheckpointReader
from slim_torch.checkpoint.restore import init_from_checkpoint, list_variables, load_variable
from slim_torch.checkpoint.saver import Saver
from slim_torch.variables import create_global_step, get_global_step, get_or_create_global_step

__all__ = [
    "NewCheckpointReader",
    "Saver",
    "checkpoint_exists",
    "create_global_step",
    "get_checkpoint_mtimes",
    "get_checkpoint_state",
    "get_global_step",
    "get_or_create_global_step",
    "init_from_checkpoint",
    "latest_checkpoint",
    "list_variables",
    "load_checkpoint",
    "load_variable",
    "remove_checkpoint",
    "update_checkpoint_state",
]
