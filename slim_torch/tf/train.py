"""`tf.train`: checkpoints, optimizers, schedules and the global step, under TensorFlow's names."""

from collections.abc import Callable
from typing import Any

from slim_torch.checkpoint.files import (
    checkpoint_exists,
    get_checkpoint_mtimes,
    get_checkpoint_state,
    latest_checkpoint,
    remove_checkpoint,
    update_checkpoint_state,
)
from slim_torch.checkpoint.reader import load_checkpoint
from slim_torch.checkpoint.reader import load_checkpoint as NewCheckpointReader
from slim_torch.checkpoint.restore import init_from_checkpoint, list_variables, load_variable
from slim_torch.checkpoint.saver import Saver
from slim_torch.checkpoint_following import checkpoints_iterator
from slim_torch.coordinator import Coordinator, LooperThread, start_queue_runners
from slim_torch.event_files import FileWriter as SummaryWriter
from slim_torch.event_files import summary_iterator
from slim_torch.examples import BytesList, Example, Feature, Features, FloatList, Int64List
from slim_torch.graph_listing import write_graph
from slim_torch.input_producers import (
    input_producer,
    limit_epochs,
    match_filenames_once,
    range_input_producer,
    slice_input_producer,
    string_input_producer,
)
from slim_torch.input_queues import (
    batch,
    batch_join,
    maybe_batch,
    maybe_batch_join,
    maybe_shuffle_batch,
    maybe_shuffle_batch_join,
    shuffle_batch,
    shuffle_batch_join,
)
from slim_torch.monitored_session import (
    ChiefSessionCreator,
    MonitoredSession,
    MonitoredTrainingSession,
    Scaffold,
    SessionCreator,
    SingularMonitoredSession,
    WorkerSessionCreator,
)
from slim_torch.moving_averages import ExponentialMovingAverage
from slim_torch.optimizers import (
    AdadeltaOptimizer,
    AdagradDAOptimizer,
    AdagradOptimizer,
    AdamOptimizer,
    FtrlOptimizer,
    GradientDescentOptimizer,
    MomentumOptimizer,
    Optimizer,
    ProximalAdagradOptimizer,
    ProximalGradientDescentOptimizer,
    RMSPropOptimizer,
)
from slim_torch.queue_runners import QueueRunner, add_queue_runner
from slim_torch.schedules import (
    cosine_decay,
    cosine_decay_restarts,
    exponential_decay,
    inverse_time_decay,
    linear_cosine_decay,
    natural_exp_decay,
    noisy_linear_cosine_decay,
    piecewise_constant,
    polynomial_decay,
)
from slim_torch.session_hooks import (
    FeedFnHook,
    FinalOpsHook,
    GlobalStepWaiterHook,
    LoggingTensorHook,
    NanLossDuringTrainingError,
    NanTensorHook,
    StopAtStepHook,
)
from slim_torch.session_manager import SessionManager
from slim_torch.session_run_hook import (
    SecondOrStepTimer,
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from slim_torch.supervisor import Supervisor, basic_train_loop
from slim_torch.sync_replicas import SyncReplicasOptimizer
from slim_torch.tf.missing import lacking as _lacking
from slim_torch.variables import (
    assert_global_step,
    create_global_step,
    get_global_step,
    get_or_create_global_step,
    global_step,
)
from slim_torch.writing_hooks import (
    CheckpointSaverHook,
    CheckpointSaverListener,
    ProfilerHook,
    StepCounterHook,
    SummarySaverHook,
)

piecewise_constant_decay = piecewise_constant


def _unsupported(name: str, advice: str) -> Callable[..., Any]:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"tf.train.{name} is not supported: {advice}")

    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = f"Not supported: {advice}"
    return refuse


_NO_GRAPH_DEF = "there is no GraphDef. Run the code that makes the graph, then restore with tf.train.Saver."
_ONE_PROCESS = (
    "there are no remote sessions. Use torch.distributed to train in several processes, a session in each."
)
import_meta_graph = _unsupported("import_meta_graph", _NO_GRAPH_DEF)
export_meta_graph = _unsupported("export_meta_graph", _NO_GRAPH_DEF)
ClusterSpec = _unsupported("ClusterSpec", _ONE_PROCESS)
Server = _unsupported("Server", _ONE_PROCESS)


def replica_device_setter(
    ps_tasks: int = 0,
    ps_device: str = "/job:ps",
    worker_device: str = "/job:worker",
    merge_devices: bool = True,
    cluster: Any = None,
    ps_ops: Any = None,
    ps_strategy: Any = None,
) -> None:
    """None, as without parameter servers in TensorFlow: what is made needs no device.

    Raises:
      NotImplementedError: there are to be parameter servers.

    Source: tf.train.replica_device_setter.
    """
    if ps_tasks or cluster is not None:
        raise NotImplementedError(f"tf.train.replica_device_setter is not supported: {_ONE_PROCESS}")


__all__ = [
    "AdadeltaOptimizer",
    "AdagradDAOptimizer",
    "AdagradOptimizer",
    "AdamOptimizer",
    "BytesList",
    "CheckpointSaverHook",
    "CheckpointSaverListener",
    "ChiefSessionCreator",
    "ClusterSpec",
    "Coordinator",
    "Example",
    "ExponentialMovingAverage",
    "Feature",
    "Features",
    "FeedFnHook",
    "FinalOpsHook",
    "FloatList",
    "FtrlOptimizer",
    "GlobalStepWaiterHook",
    "GradientDescentOptimizer",
    "Int64List",
    "LoggingTensorHook",
    "LooperThread",
    "MomentumOptimizer",
    "MonitoredSession",
    "MonitoredTrainingSession",
    "NanLossDuringTrainingError",
    "NanTensorHook",
    "NewCheckpointReader",
    "Optimizer",
    "ProfilerHook",
    "ProximalAdagradOptimizer",
    "ProximalGradientDescentOptimizer",
    "QueueRunner",
    "RMSPropOptimizer",
    "Saver",
    "Scaffold",
    "SecondOrStepTimer",
    "Server",
    "SessionCreator",
    "SessionManager",
    "SessionRunArgs",
    "SessionRunContext",
    "SessionRunHook",
    "SessionRunValues",
    "SingularMonitoredSession",
    "StepCounterHook",
    "StopAtStepHook",
    "SummarySaverHook",
    "SummaryWriter",
    "Supervisor",
    "SyncReplicasOptimizer",
    "WorkerSessionCreator",
    "add_queue_runner",
    "assert_global_step",
    "basic_train_loop",
    "batch",
    "batch_join",
    "checkpoint_exists",
    "checkpoints_iterator",
    "cosine_decay",
    "cosine_decay_restarts",
    "create_global_step",
    "exponential_decay",
    "export_meta_graph",
    "get_checkpoint_mtimes",
    "get_checkpoint_state",
    "get_global_step",
    "get_or_create_global_step",
    "global_step",
    "import_meta_graph",
    "init_from_checkpoint",
    "input_producer",
    "inverse_time_decay",
    "latest_checkpoint",
    "limit_epochs",
    "linear_cosine_decay",
    "list_variables",
    "load_checkpoint",
    "load_variable",
    "match_filenames_once",
    "maybe_batch",
    "maybe_batch_join",
    "maybe_shuffle_batch",
    "maybe_shuffle_batch_join",
    "natural_exp_decay",
    "noisy_linear_cosine_decay",
    "piecewise_constant",
    "piecewise_constant_decay",
    "polynomial_decay",
    "range_input_producer",
    "remove_checkpoint",
    "replica_device_setter",
    "shuffle_batch",
    "shuffle_batch_join",
    "slice_input_producer",
    "start_queue_runners",
    "string_input_producer",
    "summary_iterator",
    "update_checkpoint_state",
    "write_graph",
]

# Not seen by type checkers, who would take every name for one.
globals()["__getattr__"] = _lacking("tf.train")
