"""`tensorflow.python.client.device_lib`: which devices there are."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

__all__ = ["DeviceAttributes", "list_local_devices"]


class DeviceAttributes(NamedTuple):
    """A device, as `list_local_devices` gives it; the memory in bytes."""

    name: str
    device_type: str
    memory_limit: int
    physical_device_desc: str = ""


def list_local_devices(session_config: Any = None) -> list[DeviceAttributes]:
    """The CPU and the GPUs of this machine, under TensorFlow's names. The memory of the CPU is not looked at: 0."""
    found = [DeviceAttributes("/device:CPU:0", "CPU", 0)]
    for index in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(index)
        description = f"device: {index}, name: {properties.name}"
        found.append(DeviceAttributes(f"/device:GPU:{index}", "GPU", properties.total_memory, description))
    return found
