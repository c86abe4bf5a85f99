"""`tensorflow.python.lib.io.file_io`: `tf.gfile` in small letters."""

from slim_torch.tf.gfile import Copy as copy
from slim_torch.tf.gfile import DeleteRecursively as delete_recursively
from slim_torch.tf.gfile import Exists as file_exists
from slim_torch.tf.gfile import GFile as FileIO
from slim_torch.tf.gfile import Glob as get_matching_files
from slim_torch.tf.gfile import IsDirectory as is_directory
from slim_torch.tf.gfile import ListDirectory as list_directory
from slim_torch.tf.gfile import MakeDirs as recursive_create_dir
from slim_torch.tf.gfile import MkDir as create_dir
from slim_torch.tf.gfile import Remove as delete_file
from slim_torch.tf.gfile import Rename as rename
from slim_torch.tf.gfile import Stat as stat
from slim_torch.tf.gfile import Walk as walk

__all__ = [
    "FileIO",
    "copy",
    "create_dir",
    "delete_file",
    "delete_recursively",
    "file_exists",
    "get_matching_files",
    "is_directory",
    "list_directory",
    "read_file_to_string",
    "recursive_create_dir",
    "rename",
    "stat",
    "walk",
    "write_string_to_file",
]


def read_file_to_string(filename: str, binary_mode: bool = False) -> str | bytes:
    """What is in a file."""
    with open(filename, "rb") as file:
        content = file.read()
    return content if binary_mode else content.decode()


def write_string_to_file(filename: str, file_content: str | bytes) -> None:
    """Writes a file anew."""
    with open(filename, "wb") as file:
        file.write(file_content.encode() if isinstance(file_content, str) else file_content)
