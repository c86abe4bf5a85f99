"""`tf.resource_loader`: files that lie beside the code which asks for them."""

from __future__ import annotations

import os
import sys

__all__ = ["get_data_files_path", "get_path_to_datafile", "get_root_dir_with_all_resources", "load_resource"]


def get_data_files_path() -> str:
    """The folder of the file that asks. Source: tf.resource_loader.get_data_files_path."""
    return os.path.dirname(os.path.abspath(sys._getframe(1).f_code.co_filename))


get_root_dir_with_all_resources = get_data_files_path


def get_path_to_datafile(path: str) -> str:
    """A path beside the file that asks. Source: tf.resource_loader.get_path_to_datafile."""
    return os.path.join(os.path.dirname(os.path.abspath(sys._getframe(1).f_code.co_filename)), path)


def load_resource(path: str) -> bytes:
    """What is in a file. Source: tf.resource_loader.load_resource."""
    with open(path, "rb") as file:
        return file.read()
