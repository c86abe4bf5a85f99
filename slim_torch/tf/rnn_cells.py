"""`tf.nn.rnn_cell`: cells, which compute one step of a recurrent network.

Cells are layers of `tf.layers`: their variables stand in the scope of their first call. What runs a cell over time
is in `rnn.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F

from slim_torch.dtypes import as_dtype
from slim_torch.graph import get_default_graph
from slim_torch.recorded_layers import add_bias, label, recorded
from slim_torch.recording import recording_graph
from slim_torch.scopes import get_variable_scope, name_scope, variable_scope
from slim_torch.sources import zeros
from slim_torch.tensors import as_tensor, use_up
from slim_torch.tf.layers_base import InputSpec, Layer, as_activation, size_at
from slim_torch.tf.nn_functions import dropout

__all__ = [
    "BasicLSTMCell",
    "BasicRNNCell",
    "DeviceWrapper",
    "DropoutWrapper",
    "GRUCell",
    "LSTMCell",
    "LSTMStateTuple",
    "LayerRNNCell",
    "MultiRNNCell",
    "RNNCell",
    "ResidualWrapper",
    "check_cell",
    "map_nest",
]

Function = Callable[..., Any]


class _LSTMState(NamedTuple):
    c: Any
    h: Any


class LSTMStateTuple(_LSTMState):
    """The state of an LSTM: its memory `c` and its last output `h`. Source: tf.nn.rnn_cell.LSTMStateTuple."""

    __slots__ = ()

    @property
    def dtype(self) -> torch.dtype:
        """The dtype of both tensors.

        Raises:
          TypeError: `c` and `h` have different ones.
        """
        if self.c.dtype != self.h.dtype:
            raise TypeError(f"Inconsistent internal state: {self.c.dtype} vs {self.h.dtype}")
        dtype: torch.dtype = self.c.dtype
        return dtype


def map_nest(function: Function, *nests: Any) -> Any:
    """`function` of the parts of nests of tuples and lists that are alike, in such a nest."""
    first = nests[0]
    if isinstance(first, (list, tuple)) and not isinstance(first, torch.Size):
        parts = [map_nest(function, *items) for items in zip(*nests, strict=True)]
        return type(first)(*parts) if hasattr(first, "_fields") else type(first)(parts)
    return function(*nests)


def check_cell(cell: Any, what: str = "cell") -> None:
    """Raises TypeError unless it has what is asked of a cell."""
    missing = [
        f"'{name}' property is missing" for name in ("output_size", "state_size") if not hasattr(cell, name)
    ]
    if not hasattr(cell, "zero_state"):
        missing.append("either 'zero_state' or 'get_initial_state' method is required")
    if not callable(cell):
        missing.append("is not callable")
    if missing:
        raise TypeError(f"The argument {what!r} ({cell}) is not an RNNCell: {', '.join(missing)}.")


class RNNCell(Layer):
    """The base of cells: a subclass has `state_size`, `output_size`, and `call(inputs, state)`.

    `call` gives the output and the new state. Source: tf.nn.rnn_cell.RNNCell.
    """

    _around: Any = None

    def __call__(self, inputs: Any, state: Any, scope: Any = None, **kwargs: Any) -> Any:
        """The output, `[batch, output_size]`, and the new state.

        Args:
          inputs: `[batch, in]`.
          state: as `state_size` has it, `[batch, size]`.
          scope: the variable scope of a first call.
        """
        if scope is not None:
            with variable_scope(scope) as entered:
                return super().__call__(inputs, state, scope=entered, **kwargs)
        if self._around is None:
            self._around = variable_scope(get_variable_scope())
        with self._around:
            return super().__call__(inputs, state, **kwargs)

    @property
    def state_size(self) -> Any:
        """A size, or a nest of sizes."""
        raise NotImplementedError("Abstract method")

    @property
    def output_size(self) -> Any:
        """A size."""
        raise NotImplementedError("Abstract method")

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """Zeros, `[batch_size, size]` for each size of the state."""
        with name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            return map_nest(lambda size: _zeros(batch_size, size, dtype), self.state_size)

    def get_initial_state(self, inputs: Any = None, batch_size: Any = None, dtype: Any = None) -> Any:
        """`zero_state` for the batch and dtype of `inputs`, or those given."""
        if inputs is not None:
            inputs = as_tensor(inputs)
            batch_size, dtype = inputs.shape[0], inputs.dtype
        if batch_size is None or dtype is None:
            raise ValueError(
                f"batch_size and dtype cannot be None while constructing initial state: {batch_size=}, {dtype=}"
            )
        return self.zero_state(batch_size, dtype)


def _zeros(batch_size: Any, size: Any, dtype: Any) -> Any:
    sizes = list(size) if isinstance(size, torch.Size) else [size]
    if recording_graph() is None:
        return torch.zeros(
            [batch_size, *sizes], dtype=as_dtype(dtype), device=get_default_graph().default_device
        )
    return zeros([batch_size, *sizes], dtype)


class LayerRNNCell(RNNCell):
    """A cell whose variables are those of a layer. Source: tf.contrib.rnn.LayerRNNCell."""

    _width: Any

    def __call__(self, inputs: Any, state: Any, scope: Any = None, **kwargs: Any) -> Any:
        return Layer.__call__(self, inputs, state, scope=scope, **kwargs)

    def __init__(
        self,
        num_units: int,
        activation: Any,
        reuse: Any,
        name: str | None,
        dtype: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._activation = as_activation(activation) or torch.tanh

    @property
    def state_size(self) -> Any:
        return self._num_units

    @property
    def output_size(self) -> Any:
        return self._num_units

    def _input_depth(self, inputs_shape: Any) -> Any:
        depth = size_at(inputs_shape, -1)
        if depth is None:
            raise ValueError(f"Expected inputs.shape[-1] to be known, saw shape: {inputs_shape}")
        return depth

    def _linear(
        self, parts: Sequence[torch.Tensor], kernel: torch.Tensor, bias: torch.Tensor
    ) -> torch.Tensor:
        joined = torch.cat([part.to(kernel.dtype) for part in parts], 1)
        if recorded(get_default_graph()):
            return label(
                add_bias(label(F.linear(joined, kernel.t(), None), "MatMul"), bias, False), "BiasAdd"
            )
        return F.linear(joined, kernel.t(), bias)

    def _kernel_and_bias(
        self, prefix: str, depth: Any, units: int, initializer: Any, bias: Any
    ) -> tuple[Any, Any]:
        kernel = self.add_variable(
            f"{prefix}kernel", (depth, units), initializer=initializer, memory_order=(1, 0)
        )
        return kernel, self.add_variable(f"{prefix}bias", (units,), initializer=bias)


class BasicRNNCell(LayerRNNCell):
    """`activation(inputs @ w + state @ u + b)`, both the output and the new state.

    Args:
      num_units: the size of the state.
      activation: tanh by default.
      reuse: whether the variables of the cell's scope are used that are there.

    Creates `kernel`, `[in + num_units, num_units]`, and `bias`.

    Source: tf.nn.rnn_cell.BasicRNNCell.
    """

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_units, activation, reuse, name, dtype, **kwargs)

    def build(self, inputs_shape: Any) -> None:
        depth = self._input_depth(inputs_shape) + self._num_units
        self._kernel, self._bias = self._kernel_and_bias("", depth, self._num_units, None, "zeros")
        self.built = True

    def call(self, inputs: torch.Tensor, state: torch.Tensor) -> Any:
        output = self._activation(self._linear([inputs, state], self._kernel, self._bias))
        output = _named_activation(output, self._activation)
        return output, output


def _named_activation(output: torch.Tensor, activation: Function) -> torch.Tensor:
    return label(output, "Tanh") if activation is torch.tanh else output


class GRUCell(LayerRNNCell):
    """A gated recurrent unit.

    Args:
      num_units, activation, reuse: see `BasicRNNCell`.
      kernel_initializer, bias_initializer: for all; the biases of the gates are ones by default, the other's zeros.

    Creates `gates/kernel`, `[in + num_units, 2 * num_units]` (reset, then update), `gates/bias`,
    `candidate/kernel` and `candidate/bias`.

    Source: tf.nn.rnn_cell.GRUCell.
    """

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: Any = None,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_units, activation, reuse, name, dtype, **kwargs)
        self._initializers = kernel_initializer, bias_initializer

    def build(self, inputs_shape: Any) -> None:
        depth, units = self._input_depth(inputs_shape) + self._num_units, self._num_units
        kernel, bias = self._initializers
        self._gate_kernel, self._gate_bias = self._kernel_and_bias(
            "gates/", depth, 2 * units, kernel, "ones" if bias is None else bias
        )
        self._candidate_kernel, self._candidate_bias = self._kernel_and_bias(
            "candidate/", depth, units, kernel, "zeros" if bias is None else bias
        )
        self.built = True

    def call(self, inputs: torch.Tensor, state: torch.Tensor) -> Any:
        gates = torch.sigmoid(self._linear([inputs, state], self._gate_kernel, self._gate_bias))
        reset, update = gates.chunk(2, 1)
        parts = [inputs, reset * state]
        candidate = self._activation(self._linear(parts, self._candidate_kernel, self._candidate_bias))
        new = label(update * state + (1 - update) * candidate, "add", "AddV2")
        return new, new


class _LSTM(LayerRNNCell):
    """What both LSTM cells have: a state of two parts, one tensor or two."""

    _state_is_tuple: bool

    @property
    def state_size(self) -> Any:
        sizes = LSTMStateTuple(self._num_units, self.output_size)
        return sizes if self._state_is_tuple else sizes.c + sizes.h

    def _parts(self, state: Any) -> tuple[torch.Tensor, torch.Tensor]:
        if self._state_is_tuple:
            c, h = state
            return c, h
        units = self._num_units
        return state[:, :units], state[:, units:]

    def _whole(self, c: torch.Tensor, h: torch.Tensor) -> Any:
        return LSTMStateTuple(c, h) if self._state_is_tuple else torch.cat([c, h], 1)


class BasicLSTMCell(_LSTM):
    """A long short-term memory without peepholes or projection.

    Args:
      num_units, activation, reuse: see `BasicRNNCell`.
      forget_bias: added to the forget gate; not part of `bias`.
      state_is_tuple: False makes the state one tensor `[batch, 2 * num_units]`.

    Creates `kernel`, `[in + num_units, 4 * num_units]` (input gate, new input, forget gate, output gate), and
    `bias`.

    Source: tf.nn.rnn_cell.BasicLSTMCell.
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Any = None,
        reuse: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_units, activation, reuse, name, dtype, **kwargs)
        self._forget_bias, self._state_is_tuple = forget_bias, state_is_tuple

    def build(self, inputs_shape: Any) -> None:
        depth = self._input_depth(inputs_shape) + self._num_units
        self._kernel, self._bias = self._kernel_and_bias("", depth, 4 * self._num_units, None, "zeros")
        self.built = True

    def call(self, inputs: torch.Tensor, state: Any) -> Any:
        c, h = self._parts(state)
        i, j, f, o = self._linear([inputs, h], self._kernel, self._bias).chunk(4, 1)
        c = c * torch.sigmoid(f + self._forget_bias) + torch.sigmoid(i) * self._activation(j)
        use_up("Add")
        use_up("Mul")
        use_up("Mul")
        c = label(c, "Add_1", "Add")
        h = label(self._activation(c) * torch.sigmoid(o), "Mul_2", "Mul")
        return h, self._whole(c, h)


class LSTMCell(_LSTM):
    """A long short-term memory, with peepholes, clipping and projection on demand.

    Args:
      num_units, forget_bias, state_is_tuple, activation, reuse: see `BasicLSTMCell`.
      use_peepholes: whether the gates see the memory, through `w_f_diag`, `w_i_diag` and `w_o_diag`.
      cell_clip, proj_clip: limits for the memory, and for the projected output.
      initializer: of the kernels and peepholes.
      num_proj: the size of the output, by `projection/kernel`; None projects nothing.
      num_unit_shards, num_proj_shards: refused: variables are not split.

    Source: tf.nn.rnn_cell.LSTMCell.
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        cell_clip: float | None = None,
        initializer: Any = None,
        num_proj: int | None = None,
        proj_clip: float | None = None,
        num_unit_shards: int | None = None,
        num_proj_shards: int | None = None,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Any = None,
        reuse: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        if (num_unit_shards or 1) > 1 or (num_proj_shards or 1) > 1:
            raise NotImplementedError(
                f"{num_unit_shards=}, {num_proj_shards=}: variables are not split here. Leave them out."
            )
        super().__init__(num_units, activation, reuse, name, dtype, **kwargs)
        self._use_peepholes, self._cell_clip = use_peepholes, cell_clip
        self._num_proj, self._proj_clip = num_proj, proj_clip
        self._initializer = initializer
        self._forget_bias, self._state_is_tuple = forget_bias, state_is_tuple

    @property
    def output_size(self) -> Any:
        return self._num_proj or self._num_units

    def build(self, inputs_shape: Any) -> None:
        units, init = self._num_units, self._initializer
        depth = self._input_depth(inputs_shape) + self.output_size
        self._kernel, self._bias = self._kernel_and_bias("", depth, 4 * units, init, "zeros")
        if self._use_peepholes:
            self._w_f_diag, self._w_i_diag, self._w_o_diag = (
                self.add_variable(f"w_{gate}_diag", (units,), initializer=init) for gate in "fio"
            )
        if self._num_proj is not None:
            self._proj_kernel = self.add_variable(
                "projection/kernel", (units, self._num_proj), initializer=init, memory_order=(1, 0)
            )
        self.built = True

    def call(self, inputs: torch.Tensor, state: Any) -> Any:
        c_before, h = self._parts(state)
        i, j, f, o = self._linear([inputs, h], self._kernel, self._bias).chunk(4, 1)
        f = f + self._forget_bias
        _use_up(add=1, mul=2)
        if self._use_peepholes:
            _use_up(add=2, mul=2)
            f, i = f + self._w_f_diag * c_before, i + self._w_i_diag * c_before
        c = torch.sigmoid(f) * c_before + torch.sigmoid(i) * self._activation(j)
        c = label(c, "add", "AddV2")
        if self._cell_clip is not None:
            c = label(c.clamp(-self._cell_clip, self._cell_clip), "clip_by_value", "Maximum")
        if self._use_peepholes:
            _use_up(add=1, mul=1)
            o = o + self._w_o_diag * c
        h = label(torch.sigmoid(o) * self._activation(c), "mul", "Mul")
        if self._num_proj is not None:
            h = label(F.linear(h, self._proj_kernel.t()), "MatMul")
            if self._proj_clip is not None:
                h = label(h.clamp(-self._proj_clip, self._proj_clip), "clip_by_value", "Maximum")
        return h, self._whole(c, h)


def _use_up(add: int, mul: int) -> None:
    for name in ["add"] * add + ["mul"] * mul:
        use_up(name)


class MultiRNNCell(RNNCell):
    """Several cells, each of which takes the output of the one before it.

    Args:
      cells: a list of them.
      state_is_tuple: False makes the state one tensor, which is taken apart.

    Raises:
      ValueError: there are no cells, or their states are tuples while this one's is not.
      TypeError: `cells` is no list.

    Source: tf.nn.rnn_cell.MultiRNNCell.
    """

    def __init__(self, cells: Sequence[Any], state_is_tuple: bool = True) -> None:
        super().__init__()
        if not cells:
            raise ValueError("Must specify at least one cell for MultiRNNCell.")
        if not isinstance(cells, (list, tuple)):
            raise TypeError(f"cells must be a list or tuple, but saw: {cells}.")
        self._cells = list(cells)
        self._state_is_tuple = state_is_tuple
        if not state_is_tuple and any(isinstance(cell.state_size, tuple) for cell in self._cells):
            raise ValueError(
                f"Some cells return tuples of states, but the flag state_is_tuple is not set.  State sizes are: "
                f"{[cell.state_size for cell in self._cells]}"
            )

    @property
    def state_size(self) -> Any:
        sizes = tuple(cell.state_size for cell in self._cells)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> Any:
        return self._cells[-1].output_size

    @property
    def trainable_weights(self) -> list[Any]:
        return [v for cell in self._cells for v in cell.trainable_weights] if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Any]:
        kind = "non_trainable_weights" if self.trainable else "weights"
        return [v for cell in self._cells for v in getattr(cell, kind)]

    trainable_variables, non_trainable_variables = trainable_weights, non_trainable_weights

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        with name_scope(type(self).__name__ + "ZeroState"):
            if self._state_is_tuple:
                return tuple(cell.zero_state(batch_size, dtype) for cell in self._cells)
        return super().zero_state(batch_size, dtype)

    def call(self, inputs: torch.Tensor, state: Any) -> Any:
        place, states = 0, []
        output = inputs
        for i, cell in enumerate(self._cells):
            with variable_scope(f"cell_{i}"):
                if self._state_is_tuple:
                    if not isinstance(state, (list, tuple)):
                        raise ValueError(
                            f"Expected state to be a tuple of length {len(self.state_size)}, but received: {state}"
                        )
                    own = state[i]
                else:
                    own = state[:, place : place + cell.state_size]
                    place += cell.state_size
                output, new = cell(output, own)
                states.append(new)
        return output, tuple(states) if self._state_is_tuple else torch.cat(states, 1)


class _Wrapper(RNNCell):
    """A cell around another; it has no scope of its own."""

    def __init__(self, cell: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        check_cell(cell)
        self.cell = cell

    @property
    def wrapped_cell(self) -> Any:
        return self.cell

    @property
    def state_size(self) -> Any:
        return self.cell.state_size

    @property
    def output_size(self) -> Any:
        return self.cell.output_size

    @property
    def trainable_weights(self) -> list[Any]:
        return list(self.cell.trainable_weights)

    @property
    def non_trainable_weights(self) -> list[Any]:
        return list(self.cell.non_trainable_weights)

    trainable_variables, non_trainable_variables = trainable_weights, non_trainable_weights

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        with name_scope(type(self).__name__ + "ZeroState"):
            return self.cell.zero_state(batch_size, dtype)

    def __call__(self, inputs: Any, state: Any, scope: Any = None, **kwargs: Any) -> Any:
        return self.call(inputs, state, scope=scope, **kwargs)


class DropoutWrapper(_Wrapper):
    """Dropout around a cell.

    Args:
      input_keep_prob, output_keep_prob, state_keep_prob: the probability of keeping an element: a number from 0
        to 1, or a tensor; 1.0 leaves things alone.
      seed: makes the sequence of choices repeatable.
      dropout_state_filter_visitor: of a part of the state, whether dropout applies; by default to all but the
        memory `c` of an LSTM.
      variational_recurrent: refused: the same choice at every step.

    Raises:
      ValueError: a probability is out of range.
      TypeError: `cell` is no cell.
      NotImplementedError: `variational_recurrent`.

    Source: tf.nn.rnn_cell.DropoutWrapper.
    """

    def __init__(
        self,
        cell: Any,
        input_keep_prob: Any = 1.0,
        output_keep_prob: Any = 1.0,
        state_keep_prob: Any = 1.0,
        variational_recurrent: bool = False,
        input_size: Any = None,
        dtype: Any = None,
        seed: int | None = None,
        dropout_state_filter_visitor: Function | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(cell, dtype=dtype, **kwargs)
        probabilities = {
            "input_keep_prob": input_keep_prob,
            "state_keep_prob": state_keep_prob,
            "output_keep_prob": output_keep_prob,
        }
        for name, value in probabilities.items():
            if not isinstance(value, torch.Tensor) and not 0.0 <= value <= 1.0:
                raise ValueError(f"Parameter {name} must be between 0 and 1: {value:g}")
        if variational_recurrent:
            raise NotImplementedError("variational_recurrent=True is not supported. Leave it out.")
        self._probabilities, self._seed = probabilities, seed
        self._filter = dropout_state_filter_visitor

    def _dropped(self, x: Any, which: str, place: int) -> Any:
        probability = self._probabilities[which]
        if not isinstance(probability, torch.Tensor) and probability >= 1.0:
            return x
        seed = None if self._seed is None else (self._seed * 7919 + place) % 2**31
        return dropout(x, keep_prob=probability, seed=seed)

    def call(self, inputs: Any, state: Any, scope: Any = None, **kwargs: Any) -> Any:
        inputs = map_nest(lambda x: self._dropped(x, "input_keep_prob", 0), inputs)
        output, new = self.cell(inputs, state, scope=scope, **kwargs)
        new = self._dropped_state(new)
        return map_nest(lambda x: self._dropped(x, "output_keep_prob", 2), output), new

    def _dropped_state(self, state: Any) -> Any:
        if self._filter is not None:
            kept = map_nest(lambda part: self._filter(part), state)  # type: ignore[misc]
            return map_nest(
                lambda keep, part: self._dropped(part, "state_keep_prob", 1) if keep else part, kept, state
            )
        if isinstance(state, LSTMStateTuple):
            return LSTMStateTuple(state.c, self._dropped(state.h, "state_keep_prob", 1))
        if isinstance(state, (list, tuple)):
            return type(state)(self._dropped_state(part) for part in state)
        return self._dropped(state, "state_keep_prob", 1)


class ResidualWrapper(_Wrapper):
    """A cell whose inputs are added to its outputs.

    Args:
      residual_fn: of inputs and outputs; their sum by default.

    Raises:
      ValueError: their shapes differ.

    Source: tf.nn.rnn_cell.ResidualWrapper.
    """

    def __init__(self, cell: Any, residual_fn: Function | None = None, **kwargs: Any) -> None:
        super().__init__(cell, **kwargs)
        self._residual_fn = residual_fn or _added

    def call(self, inputs: Any, state: Any, scope: Any = None, **kwargs: Any) -> Any:
        outputs, new = self.cell(inputs, state, scope=scope, **kwargs)
        return self._residual_fn(inputs, outputs), new


def _added(inputs: Any, outputs: Any) -> Any:
    def add(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        if x.dim() != y.dim() or size_at(x.shape, -1) != size_at(y.shape, -1):
            raise ValueError(f"Shapes {tuple(x.shape)} and {tuple(y.shape)} are not compatible")
        return label(x + y, "add", "AddV2")

    return map_nest(add, inputs, outputs)


class DeviceWrapper(_Wrapper):
    """A cell on a device of TensorFlow's; here a cell computes where its inputs are. Source: tf.nn.rnn_cell.DeviceWrapper."""

    def __init__(self, cell: Any, device: Any, **kwargs: Any) -> None:
        super().__init__(cell, **kwargs)
        self.device = device

    def call(self, inputs: Any, state: Any, scope: Any = None, **kwargs: Any) -> Any:
        return self.cell(inputs, state, scope=scope, **kwargs)
