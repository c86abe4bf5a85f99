"""What in a checkpoint belongs to training and not to the model: optimizers' slots, averages, counters.

Only names and shapes are looked at. Invariant: a variable that no rule knows is taken for the model's.
"""

from __future__ import annotations

import re

from slim_torch.checkpoint.interface import CheckpointReader

__all__ = ["optimizer_slots", "training_variables"]

# The names that TensorFlow's optimizers give their slots, with the number that a second slot or optimizer adds.
_SLOT = re.compile(
    r"(Adadelta|Adagrad|AdagradDA|Adam|AdaMax|AMSGrad|AddSign|Ftrl|LARSOptimizer|LazyAdam|Momentum|Nadam|PowerSign"
    r"|ProximalAdagrad|RMSProp|gradient_accumulator|gradient_squared_accumulator|ExponentialMovingAverage)(_\d+)?"
)
# Counters, and what TensorFlow 2's checkpoints keep beside the model.
_COUNTER = re.compile(
    r"((.+/)?(global_step|beta1_power|beta2_power)(_\d+)?"
    r"|(optimizer|save_counter|torch_optimizer|training_state)/.*|.*/\.OPTIMIZER_SLOT/.*|_CHECKPOINTABLE_OBJECT_GRAPH)",
    re.DOTALL,
)


def optimizer_slots(reader: CheckpointReader) -> dict[str, dict[str, str]]:
    """The slots that an optimizer or a moving average keeps for each variable of a checkpoint.

    Returns:
      `{variable: {slot: full name}}`, for example
      `{'conv1/weights': {'Momentum': 'conv1/weights/Momentum'}}`, for variables that have any. A name is a
      slot when the part after its last slash is what TensorFlow calls a slot; or, since an optimizer may
      have a name of its own, when what is before that slash is a variable of the same shape.
    """
    shapes = reader.get_variable_to_shape_map()
    slots: dict[str, dict[str, str]] = {}
    for name, shape in shapes.items():
        variable, slash, slot = name.rpartition("/")
        if (
            slash
            and (_SLOT.fullmatch(slot) or shapes.get(variable) == shape)
            and not _COUNTER.fullmatch(name)
        ):
            slots.setdefault(variable, {})[slot] = name
    return slots


def training_variables(reader: CheckpointReader) -> set[str]:
    """The names in a checkpoint that are slots, averages, counters or an optimizer's own."""
    found = {full for slots in optimizer_slots(reader).values() for full in slots.values()}
    return found | {name for name in reader if _COUNTER.fullmatch(name)}
