"""How a session runs: `ConfigProto` and what goes with it.

The names that old scripts set are here, those that PyTorch has a meaning for with their effect; the others
are kept and have none.
"""

from __future__ import annotations

from typing import Any

import torch

from slim_torch.dtypes import as_device

__all__ = ["ConfigProto", "GPUOptions", "GraphOptions", "OptimizerOptions", "RunMetadata", "RunOptions"]


class _Options:
    """A bag of settings, as protocol buffers are: anything can be set, in the constructor or later."""

    def __init__(self, **settings: Any) -> None:
        for name, value in settings.items():
            setattr(self, name, value)

    def CopyFrom(self, other: Any) -> None:
        self.__dict__.update(other.__dict__)

    MergeFrom = CopyFrom


class GPUOptions(_Options):
    """Accepted; PyTorch's allocator grows as it needs. `per_process_gpu_memory_fraction` is applied."""

    allow_growth = False
    per_process_gpu_memory_fraction = 0.0
    visible_device_list = ""


class OptimizerOptions(_Options):
    """Accepted without effect, but `global_jit_level=ON_1` or higher turns on torch.compile."""

    L0, L1 = -1, 0
    DEFAULT, OFF, ON_1, ON_2 = 0, -1, 1, 2
    global_jit_level = 0


class GraphOptions(_Options):
    """Accepted; see `OptimizerOptions`."""

    def __init__(self, **settings: Any) -> None:
        self.optimizer_options = OptimizerOptions()
        super().__init__(**settings)


class RunOptions(_Options):
    """Accepted without effect."""

    NO_TRACE, SOFTWARE_TRACE, HARDWARE_TRACE, FULL_TRACE = 0, 1, 2, 3
    trace_level = 0


class RunMetadata(_Options):
    """Accepted without effect."""


class ConfigProto(_Options):
    """How a session runs.

    Attributes:
      device: where it runs, a torch or TensorFlow name; by default CUDA where there is one, unless
        `device_count={"GPU": 0}`.
      autocast_dtype: `torch.bfloat16` or `torch.float16` for automatic mixed precision; None for none.
      compile: whether inference goes through torch.compile.
      intra_op_parallelism_threads: PyTorch's number of threads; 0 leaves it.
      allow_soft_placement, log_device_placement, inter_op_parallelism_threads and others: without effect.

    Source: tf.ConfigProto.
    """

    device: Any = None
    autocast_dtype: torch.dtype | None = None
    compile = False
    allow_soft_placement = False
    log_device_placement = False
    intra_op_parallelism_threads = 0
    inter_op_parallelism_threads = 0

    def __init__(self, **settings: Any) -> None:
        self.gpu_options = GPUOptions()
        self.graph_options = GraphOptions()
        self.device_count: dict[str, int] = {}
        super().__init__(**settings)
        if self.graph_options.optimizer_options.global_jit_level > 0:
            self.compile = True

    def torch_device(self) -> torch.device:
        """The device that the session runs on."""
        chosen = as_device(self.device)
        if chosen is not None:
            return chosen
        if torch.cuda.is_available() and self.device_count.get("GPU", 1):
            return torch.device("cuda")
        return torch.device("cpu")

    def apply(self) -> None:
        """Sets what PyTorch keeps for the whole process."""
        if self.intra_op_parallelism_threads > 0:
            torch.set_num_threads(self.intra_op_parallelism_threads)
        fraction = self.gpu_options.per_process_gpu_memory_fraction
        if fraction and self.torch_device().type == "cuda":
            torch.cuda.set_per_process_memory_fraction(fraction)
