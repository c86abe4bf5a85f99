"""`slim.data_provider`: items by name, as recorded tensors. Source: tf.contrib.slim.data_provider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["DataProvider"]


class DataProvider:
    """Gives the items of an example.

    Args:
      items_to_tensors: a tensor for the name of each item.
      num_samples: how many examples there are, if that is known.
    """

    def __init__(self, items_to_tensors: Mapping[str, Any], num_samples: int | None) -> None:
        self._items_to_tensors = dict(items_to_tensors)
        self._num_samples = num_samples

    def get(self, items: Sequence[str]) -> list[Any]:
        """The tensors of `items`, in order; those of one run belong to the same example.

        Raises:
          ValueError: there is no such item.
        """
        missing = [item for item in items if item not in self._items_to_tensors]
        if missing:
            raise ValueError(f"Items {missing} are not among those of the dataset: {self.list_items()}.")
        return [self._items_to_tensors[item] for item in items]

    def list_items(self) -> list[str]:
        """The names of the items."""
        return list(self._items_to_tensors)

    def num_samples(self) -> int | None:
        """How many examples there are."""
        return self._num_samples
