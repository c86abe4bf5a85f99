"""What in a checkpoint belongs to training and not to the model: optimizers' slots, averages, counters.

Only names are looked at. Invariant: a variable that no rule knows is taken for the model's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["optimizer_slots", "training_variables"]

# The names that TensorFlow's optimizers give their slots, with the number that a second slot or optimizer adds.
_SLOT = re.compile(
    r"(Adadelta|Adagrad|AdagradDA|Adam|AdaMax|AMSGrad|AddSign|Ftrl|LARSOptimizer|LazyAdam|Momentum|Nadam|PowerSign"
    r"|ProximalAdagrad|RMSProp|gradient_accumulator|gradient_squared_accumulator|ExponentialMovingAverage)(_\d+)?"
)
# Counters, and what TensorFlow 2's checkpoints keep beside the model.
_COUNTER = re.compile(
    r"((.+/)?(global_step|beta1_power|beta2_power)(_\d+)?|(optimizer|save_counter|torch_optimizer)/.*"
    r"|.*/\.OPTIMIZER_SLOT/.*|_CHECKPOINTABLE_OBJECT_GRAPH)",
    re.DOTALL,
)


def optimizer_slots(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """The slots that an optimizer or a moving average keeps for each variable.

    Args:
      names: the names in a checkpoint, such as a reader.

    Returns:
      `{variable: {slot: full name}}`, for example
      `{'conv1/weights': {'Momentum': 'conv1/weights/Momentum'}}`, for variables that have any. A name is a
      slot when the part after its last slash is the name of one of TensorFlow's slots, or when what is
      before that slash is a variable itself (an optimizer may have a name of its own).
    """
    known = list(names)
    every = set(known)
    slots: dict[str, dict[str, str]] = {}
    for name in known:
        variable, slash, slot = name.rpartition("/")
        if slash and (variable in every or _SLOT.fullmatch(slot)) and not _COUNTER.fullmatch(name):
            slots.setdefault(variable, {})[slot] = name
    return slots


def training_variables(names: Iterable[str]) -> set[str]:
    """Those of `names` that are slots, averages, counters or an optimizer's own."""
    known = list(names)
    found = {full for slots in optimizer_slots(known).values() for full in slots.values()}
    return found | {name for name in known if _COUNTER.fullmatch(name)}
