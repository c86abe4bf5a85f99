"""`slim.tfexample_decoder`: `tf.train.Example`s taken apart into items, by handlers.

A handler makes an item of some features; reading the features is in `example_parsing.py`.
Source: tf.contrib.slim.tfexample_decoder.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from slim_torch import data_decoder, other_layers
from slim_torch.dataset_structure import Spec, spec_of
from slim_torch.dtypes import as_dtype, string
from slim_torch.example_parsing import FixedLenFeature, _decode_raw, parse_single_example
from slim_torch.inference import tensor_like
from slim_torch.recording import record, recorder_of, recording_graph
from slim_torch.tensors import as_sizes

__all__ = [
    "BackupHandler",
    "BoundingBox",
    "Image",
    "ItemHandler",
    "ItemHandlerCallback",
    "LookupTensor",
    "SparseTensor",
    "TFExampleDecoder",
    "Tensor",
]


def _operation(function: Callable[..., Any], args: tuple[Any, ...], spec: Spec, name: str) -> Any:
    """`function(*args)`, recorded outside of steps."""
    graph = recording_graph()
    if graph is None:
        return function(*args)
    recorder_of(graph)
    return record(
        function, args, op_type=name, name=name, static=tensor_like(spec.shape, spec.dtype), graph=graph
    )


class ItemHandler(abc.ABC):
    """Makes an item of features.

    Args:
      keys: the names of the features, or one name.
    """

    def __init__(self, keys: str | Sequence[str]) -> None:
        self._keys = list(keys) if isinstance(keys, (list, tuple)) else [keys]

    @property
    def keys(self) -> list[Any]:
        """The names of the features."""
        return self._keys

    @abc.abstractmethod
    def tensors_to_item(self, keys_to_tensors: Mapping[str, Any]) -> Any:
        """The item, made of the features by name."""


class ItemHandlerCallback(ItemHandler):
    """What a function makes of features: `func(features by name)`."""

    def __init__(self, keys: str | Sequence[str], func: Callable[[Mapping[str, Any]], Any]) -> None:
        super().__init__(keys)
        self._func = func

    def tensors_to_item(self, keys_to_tensors: Mapping[str, Any]) -> Any:
        return self._func(keys_to_tensors)


def _dense(indices: Any, values: Any, shape: Any, default: Any) -> Any:
    sizes = [int(size) for size in shape]
    places = tuple(indices.unbind(1))
    if isinstance(values, np.ndarray):
        filled = np.full(
            sizes, default if isinstance(default, (str, bytes)) and default else b"", dtype=object
        )
        filled[tuple(place.numpy() for place in places)] = values
        return filled
    return torch.full(sizes, default, dtype=values.dtype).index_put(places, values)


def _densified(tensor: Any, default: Any) -> Any:
    if not isinstance(tensor, other_layers.SparseTensor):
        return tensor
    spec = spec_of(tensor)
    args = (tensor.indices, tensor.values, tensor.dense_shape, default)
    return _operation(_dense, args, Spec(spec.dtype, spec.shape), "SparseToDense")


def _reshape(x: Any, sizes: Any) -> Any:
    return x.reshape(tuple(int(size) for size in sizes))


def _reshaped(tensor: Any, sizes: Any) -> Any:
    """The tensor in another shape; sizes may be recorded."""
    if isinstance(sizes, torch.Tensor):
        return _operation(_reshape, (tensor, sizes), Spec(spec_of(tensor).dtype, None), "Reshape")
    given = as_sizes(sizes)
    static = [None if size == -1 else size for size in given]
    return _operation(_reshape, (tensor, given), Spec(spec_of(tensor).dtype, static), "Reshape")


class Tensor(ItemHandler):
    """A feature as it is.

    Args:
      tensor_key: its name.
      shape_keys: the names of features that hold its shape.
      shape: its shape, if it is always the same.
      default_value: what stands where a sparse feature has nothing.

    Raises:
      ValueError: both `shape_keys` and `shape`.
    """

    def __init__(
        self, tensor_key: str, shape_keys: Any = None, shape: Any = None, default_value: Any = 0
    ) -> None:
        if shape_keys and shape is not None:
            raise ValueError("Cannot specify both shape_keys and shape parameters.")
        names = [shape_keys] if isinstance(shape_keys, str) else list(shape_keys or [])
        super().__init__([tensor_key, *names])
        self._tensor_key = tensor_key
        self._shape_keys = names
        self._shape = shape
        self._default_value = default_value

    def tensors_to_item(self, keys_to_tensors: Mapping[str, Any]) -> Any:
        tensor = _densified(keys_to_tensors[self._tensor_key], self._default_value)
        if self._shape_keys:
            parts = [_densified(keys_to_tensors[key], 0) for key in self._shape_keys]
            sizes = torch.cat([part.reshape(-1) for part in parts])
            return _reshaped(tensor, sizes)
        return tensor if self._shape is None else _reshaped(tensor, self._shape)


class LookupTensor(Tensor):
    """What a table says of a feature.

    Args:
      tensor_key, shape_keys, shape, default_value: as for `Tensor`.
      table: a table of `tf.contrib.lookup`, asked for the feature.
    """

    def __init__(
        self,
        tensor_key: str,
        table: Any,
        shape_keys: Any = None,
        shape: Any = None,
        default_value: Any = "",
    ) -> None:
        super().__init__(tensor_key, shape_keys, shape, default_value)
        self._table = table

    def tensors_to_item(self, keys_to_tensors: Mapping[str, Any]) -> Any:
        return self._table.lookup(super().tensors_to_item(keys_to_tensors))


class SparseTensor(ItemHandler):
    """A sparse tensor whose indices and values are features.

    Args:
      indices_key, values_key: the names of the features.
      shape_key: the name of the feature that holds the shape; or `shape`, that itself.
      densify: whether the item is a dense tensor, with `default_value` where there is nothing.
    """

    def __init__(
        self,
        indices_key: str | None = None,
        values_key: str | None = None,
        shape_key: str | None = None,
        shape: Any = None,
        densify: bool = False,
        default_value: Any = 0,
    ) -> None:
        self._indices_key = indices_key or "indices"
        self._values_key = values_key or "values"
        self._shape_key = shape_key
        self._shape = shape
        self._densify = densify
        self._default_value = default_value
        super().__init__([self._indices_key, self._values_key, *([shape_key] if shape_key else [])])

    def tensors_to_item(self, keys_to_tensors: Mapping[str, Any]) -> Any:
        indices = keys_to_tensors[self._indices_key]
        values = keys_to_tensors[self._values_key]
        if self._shape_key:
            shape = keys_to_tensors[self._shape_key]
            shape = shape.values if isinstance(shape, other_layers.SparseTensor) else shape
        elif self._shape is not None:
            shape = torch.tensor(self._shape, dtype=torch.int64)
        else:
            shape = indices.dense_shape
        rank = spec_of(shape).shape
        columns = -1 if rank is None or rank[0] is None else rank[0]
        flat = indices.values if isinstance(indices, other_layers.SparseTensor) else indices
        places = _reshaped(flat, [-1, columns]) if columns != -1 else flat.reshape(-1, 1)
        made = other_layers.SparseTensor(
            places, values.values if isinstance(values, other_layers.SparseTensor) else values, shape
        )
        return _densified(made, self._default_value) if self._densify else made


class BoundingBox(ItemHandler):
    """Boxes `[count, 4]` of four features of coordinates.

    Args:
      keys: the names of the four; `['ymin', 'xmin', 'ymax', 'xmax']` by default.
      prefix: what stands before each name.

    Raises:
      ValueError: there are not four.
    """

    def __init__(self, keys: Sequence[str] | None = None, prefix: str = "") -> None:
        keys = ["ymin", "xmin", "ymax", "xmax"] if keys is None else keys
        if len(keys) != 4:
            raise ValueError(f"BoundingBox expects 4 keys but got {len(keys)}")
        self._full_keys = [prefix + key for key in keys]
        super().__init__(self._full_keys)

    def tensors_to_item(self, keys_to_tensors: Mapping[str, Any]) -> Any:
        sides = []
        for key in self._full_keys:
            side = keys_to_tensors[key]
            sides.append(side.values if isinstance(side, other_layers.SparseTensor) else side.reshape(-1))
        return torch.stack(sides, 1)


def _decode_image(contents: Any, kind: Any, channels: int, dtype: torch.dtype) -> Any:
    from slim_torch.tf.image_files import _bytes, _decode_any

    if _bytes(kind).lower() == b"raw":
        return _decode_raw(contents, dtype, True)
    return _decode_any(contents, channels, dtype, False)


def _decode_images(contents: Any, kind: Any, channels: int, dtype: torch.dtype) -> Any:
    return torch.stack([_decode_image(item, kind, channels, dtype) for item in contents.reshape(-1).tolist()])


class Image(ItemHandler):
    """An image, decoded.

    Args:
      image_key, format_key: the names of the features with its bytes and its format;
        `"image/encoded"` and `"image/format"` by default. The format `"raw"` means pixels without a header.
      shape: of the image; needed for raw ones.
      channels: 0 for what the file has.
      dtype: uint8, or for raw images another.
      repeated: whether the feature holds several images.
      dct_method: accepted without effect.
    """

    def __init__(
        self,
        image_key: str | None = None,
        format_key: str | None = None,
        shape: Any = None,
        channels: int = 3,
        dtype: Any = torch.uint8,
        repeated: bool = False,
        dct_method: str = "",
    ) -> None:
        self._image_key = image_key or "image/encoded"
        self._format_key = format_key or "image/format"
        super().__init__([self._image_key, self._format_key])
        self._shape = shape
        self._channels = channels
        self._dtype = as_dtype(dtype)
        self._repeated = repeated

    def tensors_to_item(self, keys_to_tensors: Mapping[str, Any]) -> Any:
        contents = _densified(keys_to_tensors[self._image_key], "")
        args = (contents, keys_to_tensors[self._format_key], self._channels, self._dtype)
        size = [None, None, self._channels or None]
        function, shape = (_decode_images, [None, *size]) if self._repeated else (_decode_image, size)
        # The bytes of a raw image have no shape yet.
        static = Spec(self._dtype, None if self._shape is not None else shape)
        image = _operation(function, args, static, "DecodeImage")
        if self._shape is None:
            return image
        return _reshaped(image, [-1, *self._shape] if self._repeated else self._shape)


def _is_there(tensor: Any) -> Any:
    value = tensor.values if isinstance(tensor, other_layers.SparseTensor) else tensor
    return torch.tensor(bool(np.size(value)))


class BackupHandler(ItemHandler):
    """The item of `handler`; where that is empty, the one of `backup`."""

    def __init__(self, handler: ItemHandler, backup: ItemHandler) -> None:
        for given in (handler, backup):
            if not isinstance(given, ItemHandler):
                raise ValueError(f"BackupHandler expects ItemHandlers, got {type(given)}.")  # noqa: TRY004 - TensorFlow's
        self._handler = handler
        self._backup = backup
        super().__init__(handler.keys + backup.keys)

    def tensors_to_item(self, keys_to_tensors: Mapping[str, Any]) -> Any:
        from slim_torch.control_flow import cond

        item = self._handler.tensors_to_item(keys_to_tensors)
        there = _operation(_is_there, (item,), Spec(torch.bool, []), "NotEqual")
        return cond(there, lambda: item, lambda: self._backup.tensors_to_item(keys_to_tensors))


class TFExampleDecoder(data_decoder.DataDecoder):
    """Takes serialized Examples apart.

    Args:
      keys_to_features: what is in an Example, by name: `tf.FixedLenFeature`, `tf.VarLenFeature`.
      items_to_handlers: what makes each item.
    """

    def __init__(
        self, keys_to_features: Mapping[str, Any], items_to_handlers: Mapping[str, ItemHandler]
    ) -> None:
        self._keys_to_features = dict(keys_to_features)
        self._items_to_handlers = dict(items_to_handlers)

    def list_items(self) -> list[str]:
        return list(self._items_to_handlers)

    def decode(self, data: Any, items: Sequence[str] | None = None) -> list[Any]:
        """The items of one serialized Example, a string `[]`; all by default."""
        example = parse_single_example(data, self._keys_to_features)
        for key, feature in self._keys_to_features.items():
            if isinstance(feature, FixedLenFeature) and as_dtype(feature.dtype) is not string:
                example[key] = _reshaped(example[key], feature.shape)
        return [
            handler.tensors_to_item({key: example[key] for key in handler.keys})
            for handler in (self._items_to_handlers[item] for item in (items or self.list_items()))
        ]
