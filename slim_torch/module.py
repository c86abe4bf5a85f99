"""`Module`: slim code held as a `torch.nn.Module`.

The bridge to everything in PyTorch that takes a module: optimizers, `state_dict`, `.to`, `torch.compile`,
DistributedDataParallel. Invariant: the module's parameters and buffers are the variables of its graph,
under TensorFlow's names.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from slim_torch.arg_scope import arg_scope, current_arg_scope
from slim_torch.building import building, fakes_like, uncompiled
from slim_torch.graph import Graph, GraphKeys

__all__ = ["Module"]


class Module(nn.Module):
    """A function of slim code, with the variables it makes, as a `torch.nn.Module`.

    `Module(resnet_v1.resnet_v1_50, num_classes=10)(images)` is
    `resnet_v1.resnet_v1_50(images, num_classes=10, is_training=...)`, run as one step of the module's own
    graph. Where the function takes `is_training`, `train()` and `eval()` decide on it.

    Trainable variables are parameters, the others buffers; local ones are not in the `state_dict`. They
    exist after `build` or the first call, and not before: make the optimizer, load the `state_dict`, wrap
    in DistributedDataParallel or compile after that. A call puts its losses and updates into
    the collections of `module.graph`, to be read there until the next one.

    Args:
      fn: called as `fn(*inputs, *args, **kwargs)`.
      *args, **kwargs: further arguments for every call of `fn`.
      graph: the graph that holds the variables; one of the module's own by default.

    The arg_scope in force where the module is made is in force in every call.
    """

    def __init__(self, fn: Callable[..., Any], *args: Any, graph: Graph | None = None, **kwargs: Any) -> None:
        super().__init__()
        self.fn = fn
        self.graph = Graph() if graph is None else graph
        self._args = args
        self._kwargs = kwargs
        self._arg_scope = current_arg_scope()
        self._feeds_is_training = "is_training" not in kwargs and _takes(fn, "is_training")
        self._built = False
        self._adopted = 0
        # What the parameters and buffers are when nobody has put others in their place.
        self._ids: tuple[int, ...] = ()

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """Runs the function in a step of the graph. `kwargs` go before those given to the constructor."""
        if not self._built:
            return self._run_first(inputs, kwargs)
        result = self._run(inputs, kwargs)
        if len(self.graph._variables) != self._adopted:
            self._adopt_variables()
        return result

    @uncompiled
    def _run_first(self, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        result = self._run(inputs, kwargs)
        self._adopt_variables()
        return result

    def build(self, *example_inputs: Any) -> Module:
        """Makes the variables without computing anything. Returns the module.

        Args:
          *example_inputs: what the module would be called with; of tensors only shape, dtype and
            device count.

        Raises:
          ValueError: the function needs the value of a tensor on the way.
        """
        with building(self.graph, f"The function of {self!r}") as mode:
            self._run(fakes_like(mode, example_inputs), {})
        self._adopt_variables()
        return self

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> Any:
        """As `nn.Module.load_state_dict`, once the variables exist.

        Raises:
          RuntimeError: they do not; or as in `nn.Module`.
          ValueError: `assign=True`, which would take the variables' place.
        """
        if not self._built:
            raise RuntimeError(
                "This module has no variables yet, so there is nothing to load into. Call "
                "module.build(example_input) first."
            )
        if assign:
            raise ValueError("assign=True would replace the graph's variables. Load with assign=False.")
        return super().load_state_dict(state_dict, strict)

    def extra_repr(self) -> str:
        return f"{getattr(self.fn, '__name__', self.fn)}, {len(self.graph.variables)} variables"

    def _run(self, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        arguments = {**self._kwargs, **kwargs}
        if self._feeds_is_training and "is_training" not in arguments:
            arguments["is_training"] = self.training
        # Dynamo lifts the variables out of the code by itself; torch.export and torch.func put other
        # tensors in their place among the parameters.
        substitutes = {} if torch.compiler.is_dynamo_compiling() else self._substituted()
        if substitutes:
            self.graph._thread.substitutes = substitutes
        try:
            with self.graph.as_default(), self.graph.step():
                if self._arg_scope:
                    with arg_scope(self._arg_scope):
                        return self.fn(*inputs, *self._args, **arguments)
                return self.fn(*inputs, *self._args, **arguments)
        finally:
            if substitutes:
                self.graph._thread.substitutes = {}

    def _substituted(self) -> dict[str, torch.Tensor]:
        ids = (*map(id, self._parameters.values()), *map(id, self._buffers.values()))
        if ids == self._ids:
            return {}
        variables = self.graph._variables
        members = (*self._parameters.items(), *self._buffers.items())
        substitutes = {
            name: tensor
            for name, tensor in members
            if tensor is not None and tensor is not variables.get(name)
        }
        if not substitutes:
            self._ids = ids
        return substitutes

    def _adopt_variables(self) -> None:
        """Registers the graph's variables. TensorFlow's names have slashes, which nn.Module does not mind."""
        local = {id(variable) for variable in self.graph.get_collection(GraphKeys.LOCAL_VARIABLES)}
        for variable in self.graph.variables:
            name = variable.op.name
            if variable.requires_grad or (variable.trainable and variable.is_floating_point()):
                self._parameters[name] = variable
            else:
                self._buffers[name] = variable
                if id(variable) in local:
                    self._non_persistent_buffers_set.add(name)
        self._built = True
        self._adopted = len(self.graph.variables)

    def _apply(self, fn: Callable[[torch.Tensor], torch.Tensor], recurse: bool = True) -> Module:
        """What `.to()`, `.cuda()` and `.half()` do: variables change in place, and so stay themselves."""
        with torch.no_grad():
            for variable in self.graph.variables:
                variable.data = fn(variable.data)
                if variable.grad is not None:
                    variable.grad = fn(variable.grad)
        self.graph._layer_variables.clear()  # dtypes may have changed
        devices = {variable.device for variable in self.graph.variables}
        if len(devices) == 1:
            (self.graph.default_device,) = devices
        return self


def _takes(fn: Callable[..., Any], name: str) -> bool:
    try:
        return name in inspect.signature(fn).parameters
    except (TypeError, ValueError):
        return False
