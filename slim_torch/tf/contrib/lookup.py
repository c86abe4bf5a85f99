"""`tf.contrib.lookup`: tables of strings and numbers."""

from typing import TYPE_CHECKING

from slim_torch.lazy import attach

if TYPE_CHECKING:
    from slim_torch.lookup import (
        index_table_from_file,
        index_table_from_tensor,
        index_to_string_table_from_tensor,
    )

if not TYPE_CHECKING:
    __all__, __getattr__, __dir__ = attach(__name__, "tf.contrib.lookup")
