"""`slim.data_decoder`: what turns a record into items. Source: tf.contrib.slim.data_decoder."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any

__all__ = ["DataDecoder"]


class DataDecoder(abc.ABC):
    """Takes records apart into items, such as an image and its label."""

    @abc.abstractmethod
    def decode(self, data: Any, items: Sequence[str]) -> list[Any]:
        """The tensors of `items`, in order, for the record `data`."""

    @abc.abstractmethod
    def list_items(self) -> list[str]:
        """The names of the items that there are."""
