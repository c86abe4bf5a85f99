"""`tensorflow.python.tools.inspect_checkpoint`."""

from __future__ import annotations

import numpy as np

from slim_torch.checkpoint.reader import load_checkpoint

__all__ = ["print_tensors_in_checkpoint_file"]


def print_tensors_in_checkpoint_file(
    file_name: str,
    tensor_name: str | None,
    all_tensors: bool,
    all_tensor_names: bool = False,
    count_exclude_pattern: str = "",
) -> None:
    """Prints what is in a checkpoint: names with `all_tensor_names`, values with `all_tensors`, or one tensor."""
    with load_checkpoint(file_name) as reader:
        if not all_tensors and not all_tensor_names and tensor_name is not None:
            print("tensor_name: ", tensor_name)
            print(reader.get_tensor(tensor_name))
            return
        for name in sorted(reader.get_variable_to_shape_map()):
            print("tensor_name: ", name)
            if all_tensors:
                with np.printoptions(threshold=1000):
                    print(reader.get_tensor(name))
