"""`tf.keras.regularizers`: sums of squares without the half that slim's have, and of absolute values."""

from __future__ import annotations

from typing import Any

from slim_torch.tensors import as_tensor

__all__ = ["L1L2", "Regularizer", "get", "l1", "l1_l2", "l2"]


class Regularizer:
    """A function of weights that gives a penalty. Source: tf.keras.regularizers.Regularizer."""

    def __call__(self, x: Any) -> Any:
        return 0.0


class L1L2(Regularizer):
    """`l1 * sum(|x|) + l2 * sum(x ** 2)`. Source: tf.keras.regularizers.L1L2."""

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = float(l1)
        self.l2 = float(l2)

    def __call__(self, x: Any) -> Any:
        x = as_tensor(x)
        penalties = []
        if self.l1:
            penalties.append(x.abs().sum() * self.l1)
        if self.l2:
            penalties.append(x.square().sum() * self.l2)
        return sum(penalties[1:], penalties[0]) if penalties else as_tensor(0.0)

    def get_config(self) -> dict[str, float]:
        """The two factors."""
        return {"l1": self.l1, "l2": self.l2}


def l1(l: float = 0.01) -> L1L2:  # noqa: E741
    """`l * sum(|x|)`. Source: tf.keras.regularizers.l1."""
    return L1L2(l1=l)


def l2(l: float = 0.01) -> L1L2:  # noqa: E741
    """`l * sum(x ** 2)`. Source: tf.keras.regularizers.l2."""
    return L1L2(l2=l)


def l1_l2(l1: float = 0.01, l2: float = 0.01) -> L1L2:
    """Both. Source: tf.keras.regularizers.l1_l2."""
    return L1L2(l1=l1, l2=l2)


def get(identifier: Any) -> Any:
    """The regularizer of a name, or the one that is given. Source: tf.keras.regularizers.get.

    Raises:
      ValueError: there is none of this name.
    """
    if identifier is None or callable(identifier):
        return identifier
    if identifier in ("l1", "l2", "l1_l2"):
        return globals()[identifier]()
    raise ValueError(f"Could not interpret regularizer identifier: {identifier}")
