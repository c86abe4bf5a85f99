"""`tf.nn`: what runs a cell over the steps of a sequence, in one direction or both.

The cells are in `rnn_cells.py`. On real tensors the steps are a Python loop; recorded they are one loop, whose
length may be known only when it runs, except for the static forms, which record every step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from slim_torch.compiled_shape import shape_of
from slim_torch.control_flow import while_loop
from slim_torch.dtypes import as_dtype
from slim_torch.recorded_layers import label
from slim_torch.recording import recording_graph
from slim_torch.scopes import VariableScope, variable_scope
from slim_torch.symbolic import is_symbolic
from slim_torch.tensor_array import TensorArray
from slim_torch.tensors import as_tensor
from slim_torch.tf.array_functions import concat
from slim_torch.tf.rnn_cells import check_cell, map_nest
from slim_torch.tf.slicing import reverse, reverse_sequence
from slim_torch.tf.support import is_known

__all__ = [
    "bidirectional_dynamic_rnn",
    "dynamic_rnn",
    "stack_bidirectional_dynamic_rnn",
    "stack_bidirectional_rnn",
    "static_bidirectional_rnn",
    "static_rnn",
]


def dynamic_rnn(
    cell: Any,
    inputs: Any,
    sequence_length: Any = None,
    initial_state: Any = None,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    time_major: bool = False,
    scope: Any = None,
) -> tuple[Any, Any]:
    """The outputs of a cell at every step, and its last state.

    Args:
      inputs: `[batch, time, ...]`, or `[time, batch, ...]` if `time_major`.
      sequence_length: `[batch]`, how many steps count of each example: later outputs are zeros, and the state
        stays what it was.
      initial_state: zeros of `dtype` by default.
      parallel_iterations, swap_memory: no effect.
      scope: the variable scope, `"rnn"` by default.

    Raises:
      TypeError: `cell` is no cell.
      ValueError: neither `initial_state` nor `dtype` is given, the depth of the inputs is not known, or
        `sequence_length` is no vector.

    Source: tf.nn.dynamic_rnn.
    """
    check_cell(cell)
    with variable_scope(scope or "rnn") as entered:
        x = as_tensor(inputs)
        if x.dim() < 2:
            raise ValueError(f"Expected input tensor {x} to have rank at least 2")
        x = x if time_major else label(x.transpose(0, 1), "transpose", "Transpose")
        lengths = _lengths(sequence_length, x.shape[1])
        state = _initial_state(cell, x, x.shape[1], initial_state, dtype)
        if x.dim() == 3 and shape_of(x)[2].value is None:
            raise ValueError(
                "Input size (depth of inputs) must be accessible via shape inference, but saw value None."
            )
        if recording_graph() is None or not is_symbolic(x):
            outputs, state = _steps(cell, x.unbind(0), state, lengths, entered)
            outputs = map_nest(lambda *parts: torch.stack(parts, 0 if time_major else 1), *outputs)
            return outputs, state
        outputs, state = _loop(cell, x, state, lengths)
        if not time_major:
            outputs = map_nest(lambda y: label(y.transpose(0, 1), "transpose", "Transpose"), outputs)
        return outputs, state


def _lengths(sequence_length: Any, batch: Any) -> Any:
    if sequence_length is None:
        return None
    lengths = as_tensor(sequence_length)
    if lengths.dim() not in (0, 1):
        raise ValueError(
            f"sequence_length must be a vector of length batch_size, but saw shape: {tuple(lengths.shape)}"
        )
    if lengths.dim() == 1 and is_known(batch) and is_known(lengths.shape[0]) and lengths.shape[0] != batch:
        raise ValueError(
            f"Expected shape for Tensor sequence_length is [{batch}], but saw shape: {list(lengths.shape)}"
        )
    return lengths.to(torch.int32)


def _initial_state(cell: Any, x: torch.Tensor, batch: Any, initial_state: Any, dtype: Any) -> Any:
    if initial_state is not None:
        return map_nest(as_tensor, initial_state)
    if dtype is None:
        raise ValueError("If there is no initial_state, you must give a dtype.")
    if not as_dtype(dtype).is_floating_point or not x.dtype.is_floating_point:
        raise ValueError(f"RNN cell only supports floating point inputs, but saw dtype: {str(x.dtype)[6:]}")
    state = cell.zero_state(batch, as_dtype(dtype))
    return state if is_symbolic(x) else map_nest(lambda part: part.to(x.device), state)


def _counting(lengths: Any, time: Any, new: torch.Tensor, old: Any) -> Any:
    """`new` for examples that have not ended, else `old`."""
    going = (lengths > time).view(-1, *(1,) * (new.dim() - 1))
    return torch.where(going, new, old)


def _steps(
    cell: Any, inputs: Sequence[Any], state: Any, lengths: Any, scope: VariableScope
) -> tuple[list[Any], Any]:
    """The outputs of every step, and the last state; the steps are known."""
    outputs = []
    for time, x in enumerate(inputs):
        if time:
            scope.reuse_variables()
        output, new = cell(x, state)
        if lengths is not None:
            output = map_nest(lambda y, time=time: _counting(lengths, time, y, 0.0), output)
            new = map_nest(lambda a, b, time=time: _counting(lengths, time, a, b), new, state)
        outputs.append(output)
        state = new
    return outputs, state


def _flat(nest: Any) -> list[Any]:
    if isinstance(nest, (list, tuple)):
        return [part for item in nest for part in _flat(item)]
    return [nest]


def _loop(cell: Any, x: Any, state: Any, lengths: Any) -> tuple[Any, Any]:
    """As `_steps`, in one recorded loop: the outputs are `[time, batch, ...]`."""
    dtype = _flat(state)[0].dtype
    sizes = cell.output_size
    arrays = [TensorArray(dtype, size=0, dynamic_size=True) for _ in _flat(sizes)]
    structure: list[Any] = []

    def step(count: Any, time: Any, arrays: Any, state: Any) -> Any:
        output, new = cell(x[time], state)
        if lengths is not None:
            output = map_nest(lambda y: _counting(lengths, time, y, 0.0), output)
            new = map_nest(lambda a, b: _counting(lengths, time, a, b), new, state)
        structure.append(output)
        written = [array.write(time, part) for array, part in zip(arrays, _flat(output))]
        return count + 1, time + 1, written, new

    length = as_tensor(x.shape[0])
    start = torch.zeros((), dtype=torch.int32)
    _, _, arrays, state = while_loop(
        lambda count, time, arrays, state: time < length,
        step,
        [as_tensor(start), as_tensor(start), arrays, state],
    )
    steps = shape_of(x)[0].value
    stacked = iter([array.stack() for array in arrays])
    return map_nest(lambda output: _of_steps(next(stacked), steps, output), structure[-1]), state


def _of_steps(stacked: Any, steps: Any, output: Any) -> Any:
    stacked.set_shape([steps, *shape_of(output).as_list()])
    return stacked


def static_rnn(
    cell: Any,
    inputs: Any,
    initial_state: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """The outputs of a cell for a list of inputs, `[batch, ...]` each, and its last state.

    Raises:
      TypeError: `inputs` is no list, or `cell` no cell.
      ValueError: the list is empty, or neither `initial_state` nor `dtype` is given.

    Source: tf.nn.static_rnn.
    """
    check_cell(cell)
    if not isinstance(inputs, (list, tuple)):
        raise TypeError("inputs must be a sequence")
    if not inputs:
        raise ValueError("inputs must not be empty")
    with variable_scope(scope or "rnn") as entered:
        xs = [map_nest(as_tensor, x) for x in inputs]
        first = _flat(xs[0])[0]
        lengths = _lengths(sequence_length, first.shape[0])
        state = _initial_state(cell, first, first.shape[0], initial_state, dtype)
        return _steps(cell, xs, state, lengths, entered)


def bidirectional_dynamic_rnn(
    cell_fw: Any,
    cell_bw: Any,
    inputs: Any,
    sequence_length: Any = None,
    initial_state_fw: Any = None,
    initial_state_bw: Any = None,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    time_major: bool = False,
    scope: Any = None,
) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """`dynamic_rnn` in both directions: the pair of outputs, forward and backward, and that of last states.

    The second cell sees every example from its last step that counts to its first; its outputs are in the order of
    the inputs. Arguments and errors as in `dynamic_rnn`; the scope is `"bidirectional_rnn"` by default, with
    `fw` and `bw` in it.

    Source: tf.nn.bidirectional_dynamic_rnn.
    """
    check_cell(cell_fw, "cell_fw")
    check_cell(cell_bw, "cell_bw")
    axes = (0, 1) if time_major else (1, 0)

    def turned(x: Any) -> Any:
        if sequence_length is None:
            return reverse(x, [axes[0]])
        return reverse_sequence(x, sequence_length, seq_axis=axes[0], batch_axis=axes[1])

    with variable_scope(scope or "bidirectional_rnn"):
        with variable_scope("fw") as forward:
            outputs_fw, state_fw = dynamic_rnn(
                cell_fw,
                inputs,
                sequence_length,
                initial_state_fw,
                dtype,
                time_major=time_major,
                scope=forward,
            )
        with variable_scope("bw") as backward:
            outputs_bw, state_bw = dynamic_rnn(
                cell_bw,
                turned(as_tensor(inputs)),
                sequence_length,
                initial_state_bw,
                dtype,
                time_major=time_major,
                scope=backward,
            )
    return (outputs_fw, map_nest(turned, outputs_bw)), (state_fw, state_bw)


def static_bidirectional_rnn(
    cell_fw: Any,
    cell_bw: Any,
    inputs: Any,
    initial_state_fw: Any = None,
    initial_state_bw: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[list[Any], Any, Any]:
    """`static_rnn` in both directions: outputs joined along their last axis, and both last states.

    Source: tf.nn.static_bidirectional_rnn.
    """
    check_cell(cell_fw, "cell_fw")
    check_cell(cell_bw, "cell_bw")
    if not isinstance(inputs, (list, tuple)):
        raise TypeError("inputs must be a sequence")
    if not inputs:
        raise ValueError("inputs must not be empty")

    def turned(items: Sequence[Any]) -> list[Any]:
        if sequence_length is None:
            return list(reversed(items))
        stacked = torch.stack([as_tensor(item) for item in items])
        return list(reverse_sequence(stacked, sequence_length, seq_axis=0, batch_axis=1).unbind(0))

    with variable_scope(scope or "bidirectional_rnn"):
        with variable_scope("fw") as forward:
            outputs_fw, state_fw = static_rnn(
                cell_fw, inputs, initial_state_fw, dtype, sequence_length, forward
            )
        with variable_scope("bw") as backward:
            outputs_bw, state_bw = static_rnn(
                cell_bw, turned(inputs), initial_state_bw, dtype, sequence_length, backward
            )
    outputs = [concat([a, b], 1) for a, b in zip(outputs_fw, turned(outputs_bw))]
    return outputs, state_fw, state_bw


def stack_bidirectional_dynamic_rnn(
    cells_fw: Sequence[Any],
    cells_bw: Sequence[Any],
    inputs: Any,
    initial_states_fw: Any = None,
    initial_states_bw: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    parallel_iterations: int | None = None,
    time_major: bool = False,
    scope: Any = None,
    swap_memory: bool = False,
) -> tuple[Any, tuple[Any, ...], tuple[Any, ...]]:
    """Several `bidirectional_dynamic_rnn` one on the other, each on both outputs of the one below.

    Returns:
      The outputs of the last, both directions joined along the last axis, and the last states, one for each.

    Raises:
      ValueError: the lists of cells or of states are empty or of different lengths.

    Source: tf.contrib.rnn.stack_bidirectional_dynamic_rnn.
    """
    _check_stack(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    states_fw, states_bw = [], []
    layer = as_tensor(inputs)
    with variable_scope(scope or "stack_bidirectional_rnn"):
        for i, (cell_fw, cell_bw) in enumerate(zip(cells_fw, cells_bw)):
            with variable_scope(f"cell_{i}"):
                outputs, (state_fw, state_bw) = bidirectional_dynamic_rnn(
                    cell_fw,
                    cell_bw,
                    layer,
                    sequence_length,
                    initial_states_fw[i] if initial_states_fw else None,
                    initial_states_bw[i] if initial_states_bw else None,
                    dtype,
                    time_major=time_major,
                )
                layer = concat(list(outputs), 2)
            states_fw.append(state_fw)
            states_bw.append(state_bw)
    return layer, tuple(states_fw), tuple(states_bw)


def stack_bidirectional_rnn(
    cells_fw: Sequence[Any],
    cells_bw: Sequence[Any],
    inputs: Any,
    initial_states_fw: Any = None,
    initial_states_bw: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[Any, tuple[Any, ...], tuple[Any, ...]]:
    """Several `static_bidirectional_rnn` one on the other. Source: tf.contrib.rnn.stack_bidirectional_rnn."""
    _check_stack(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    states_fw, states_bw = [], []
    layer = inputs
    with variable_scope(scope or "stack_bidirectional_rnn"):
        for i, (cell_fw, cell_bw) in enumerate(zip(cells_fw, cells_bw)):
            with variable_scope(f"cell_{i}") as cell_scope:
                layer, state_fw, state_bw = static_bidirectional_rnn(
                    cell_fw,
                    cell_bw,
                    layer,
                    initial_states_fw[i] if initial_states_fw else None,
                    initial_states_bw[i] if initial_states_bw else None,
                    dtype,
                    sequence_length,
                    cell_scope,
                )
            states_fw.append(state_fw)
            states_bw.append(state_bw)
    return layer, tuple(states_fw), tuple(states_bw)


def _check_stack(cells_fw: Any, cells_bw: Any, states_fw: Any, states_bw: Any) -> None:
    for name, cells in (("cells_fw", cells_fw), ("cells_bw", cells_bw)):
        if not cells:
            raise ValueError(f"Must specify at least one {name[-2:]} cell for BidirectionalRNN.")
        if not isinstance(cells, list):
            raise ValueError(f"{name} must be a list of RNNCells (one per layer).")  # noqa: TRY004
    if len(cells_fw) != len(cells_bw):
        raise ValueError("Forward and Backward cells must have the same depth.")
    for name, states in (("initial_states_fw", states_fw), ("initial_states_bw", states_bw)):
        if states is not None and (not isinstance(states, list) or len(states) != len(cells_fw)):
            raise ValueError(f"{name} must be a list of state tensors (one per layer).")
