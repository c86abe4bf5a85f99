"""Checkpoints: safetensors files with TensorFlow's names, beside TensorFlow's `checkpoint` state file.

`files.py` reads and writes the files, `training.py` knows what a training run keeps in them.
"""

from slim_torch.checkpoint.files import (
    CheckpointState,
    get_checkpoint_state,
    latest_checkpoint,
    load_safetensors,
    save_safetensors,
    update_checkpoint_state,
)
from slim_torch.checkpoint.training import assign_all, restore_training, restore_variables, save_training

__all__ = [
    "CheckpointState",
    "assign_all",
    "get_checkpoint_state",
    "latest_checkpoint",
    "load_safetensors",
    "restore_training",
    "restore_variables",
    "save_safetensors",
    "save_training",
    "update_checkpoint_state",
]
