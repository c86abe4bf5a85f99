"""tf.contrib.metrics took predictions first: its functions, made from those that take labels first."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping

from slim_torch.streaming.core import Metric

__all__ = ["contrib"]


def contrib(
    function: Callable[..., Metric],
    name: str,
    swapped: bool = True,
    drop: tuple[str, ...] = (),
    renamed: Mapping[str, str] = {},
) -> Callable[..., Metric]:
    """`function` as tf.contrib.metrics has it, under its name there.

    Args:
      swapped: whether the first two parameters change places.
      drop: parameters that it does not have there.
      renamed: what it calls some parameters there.
    """
    own = {
        key: parameter for key, parameter in inspect.signature(function).parameters.items() if key not in drop
    }
    names = {renamed.get(key, key): key for key in own}
    parameters = [own[key].replace(name=new) for new, key in names.items()]
    if swapped:
        parameters[:2] = parameters[1::-1]
    signature = inspect.Signature(parameters)

    @functools.wraps(function)
    def wrapper(*args: object, **kwargs: object) -> Metric:
        given = signature.bind(*args, **kwargs).arguments
        return function(**{names[new]: value for new, value in given.items()})

    wrapper.__name__ = wrapper.__qualname__ = name
    wrapper.__signature__ = signature  # type: ignore[attr-defined]
    wrapper.__doc__ = f"""{function.__doc__}
    This is `{function.__name__}` with the parameters of tf.contrib.metrics.{name}.
    """
    return wrapper
