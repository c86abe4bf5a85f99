"""What TensorFlow has and `tf` has not: for each such name, what there is instead.

`missing` makes the AttributeError that every module below `tf` raises for a name it lacks. Invariant: no name that
`tf` offers is listed here.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable
from typing import NoReturn

__all__ = ["ADVICE", "lacking", "missing"]

_EAGER = "slim code is recorded into a graph. For eager execution call layers on torch tensors, and use torch.autograd"
_ESTIMATOR = "use slim.learning.train and slim.evaluation, or a tf.train.MonitoredTrainingSession"
_GRAPH_DEF = (
    "there is no GraphDef. Keep the code that makes the graph, and a checkpoint; torch.export writes models"
)
_KERAS = (
    "of Keras there are tf.keras.initializers, regularizers and backend functions only. Use slim's layers"
)
_CLUSTER = "a session runs in one process. Use torch.distributed to train in several"
_QUANTIZED = "use torchao or torch.ao.quantization on a slim_torch.Module"
_RAGGED = "use tf.SparseTensor, or padded batches with tf.sequence_mask"
_FUNCTION = (
    "graphs are recorded by themselves. For compiled code use tf.ConfigProto(compile=True) or torch.compile"
)
_RNN = "use and the cells of tf.nn.rnn_cell, or tf.while_loop"
_CTC = "use tf.nn.ctc_loss, or "
_SAMPLED = "use tf.nn.uniform_candidate_sampler or tf.nn.log_uniform_candidate_sampler"
_SIGNAL = "use torch.fft and torch.stft on tensors of the eager way"
_PARTITION = "variables are held as a whole; leave the partitioner out"
_LIBRARY = "TensorFlow's compiled operations cannot be loaded. Write them with torch, or with tf.py_func"
_TPU = "use torch_xla on a slim_torch.Module"
_COLUMNS = "feature columns belong to estimators. Parse examples with tf.parse_example"
_SPARSE = "of sparse tensors there is little. Make the tensor dense with tf.sparse_tensor_to_dense"
_DISTRIBUTION = "use torch.distributions"

_WHERE = {
    _EAGER: """tf.GradientTape tf.enable_eager_execution tf.enable_v2_behavior tf.contrib.eager
        tf.contrib.eager.enable_eager_execution tf.contrib.eager.GradientTape tf.Module""",
    _ESTIMATOR: "tf.estimator tf.contrib.learn tf.contrib.estimator tf.contrib.tpu.TPUEstimator",
    _GRAPH_DEF: """tf.GraphDef tf.MetaGraphDef tf.NodeDef tf.AttrValue tf.NameAttrList tf.import_graph_def
        tf.graph_util tf.saved_model tf.TensorInfo tf.lite tf.contrib.lite tf.contrib.saved_model
        tf.contrib.graph_editor tf.contrib.copy_graph tf.make_tensor_proto tf.make_ndarray
        tf.contrib.tensorrt tf.contrib.util.make_tensor_proto tf.contrib.util.make_ndarray""",
    _KERAS: """tf.keras.Model tf.keras.Sequential tf.keras.Input tf.keras.layers tf.keras.models tf.keras.optimizers
        tf.keras.losses tf.keras.metrics tf.keras.callbacks tf.keras.applications tf.keras.preprocessing
        tf.keras.datasets tf.keras.estimator tf.keras.activations tf.keras.constraints tf.keras.experimental
        tf.keras.wrappers tf.keras.utils tf.contrib.keras""",
    _CLUSTER: """tf.distribute tf.contrib.distribute tf.train.ClusterDef tf.train.JobDef tf.train.ServerDef
        tf.contrib.cluster_resolver tf.contrib.rpc tf.get_session_handle tf.get_session_tensor
        tf.delete_session_tensor tf.test.create_local_cluster tf.config""",
    _QUANTIZED: """tf.quantization tf.contrib.quantize tf.contrib.quantization tf.contrib.model_pruning tf.quantize
        tf.quantize_v2 tf.dequantize tf.quantized_concat tf.fake_quant_with_min_max_args
        tf.fake_quant_with_min_max_args_gradient tf.fake_quant_with_min_max_vars
        tf.fake_quant_with_min_max_vars_gradient tf.fake_quant_with_min_max_vars_per_channel
        tf.fake_quant_with_min_max_vars_per_channel_gradient tf.qint8 tf.qint16 tf.qint32 tf.quint8 tf.quint16
        tf.QUANTIZED_DTYPES tf.nn.quantized_avg_pool tf.nn.quantized_conv2d tf.nn.quantized_max_pool
        tf.nn.quantized_relu_x""",
    _RAGGED: "tf.RaggedTensor tf.RaggedTensorSpec tf.ragged",
    _FUNCTION: "tf.function tf.autograph tf.wrap_function tf.contrib.autograph tf.xla tf.contrib.compiler",
    _RNN: "tf.nn.raw_rnn tf.nn.static_state_saving_rnn tf.contrib.legacy_seq2seq tf.contrib.cudnn_rnn tf.contrib.grid_rnn tf.contrib.recurrent",
    _CTC: "tf.nn.ctc_loss_v2 tf.nn.ctc_beam_search_decoder_v2 tf.nn.ctc_unique_labels tf.nn.collapse_repeated",
    _SAMPLED: """tf.nn.all_candidate_sampler
        tf.nn.compute_accidental_hits tf.nn.fixed_unigram_candidate_sampler
        tf.nn.learned_unigram_candidate_sampler tf.random.all_candidate_sampler tf.random.fixed_unigram_candidate_sampler
        tf.random.learned_unigram_candidate_sampler tf.random.log_uniform_candidate_sampler
        tf.random.uniform_candidate_sampler""",
    _SIGNAL: "tf.signal tf.spectral tf.contrib.signal tf.audio tf.contrib.ffmpeg",
    _PARTITION: """tf.fixed_size_partitioner tf.min_max_variable_partitioner tf.variable_axis_size_partitioner
        tf.create_partitioned_variables""",
    _LIBRARY: "tf.load_library tf.load_op_library tf.load_file_system_library tf.raw_ops",
    _TPU: "tf.tpu tf.contrib.tpu",
    _COLUMNS: "tf.feature_column tf.contrib.feature_column tf.contrib.layers.feature_column",
    _SPARSE: """tf.sparse_add tf.sparse_concat tf.sparse_fill_empty_rows tf.sparse_mask tf.sparse_matmul
        tf.sparse_maximum tf.sparse_merge tf.sparse_minimum tf.sparse_reduce_max tf.sparse_reduce_max_sparse
        tf.sparse_reduce_sum tf.sparse_reduce_sum_sparse tf.sparse_reset_shape tf.sparse_reshape
        tf.sparse_segment_mean tf.sparse_segment_sqrt_n tf.sparse_segment_sum tf.sparse_slice tf.sparse_softmax
        tf.sparse_split tf.sparse_to_indicator tf.sparse_transpose tf.serialize_sparse
        tf.serialize_many_sparse tf.deserialize_many_sparse""",
    _COLUMNS + ".": """tf.contrib.layers.bucketized_column tf.contrib.layers.check_feature_columns
        tf.contrib.layers.create_feature_spec_for_parsing tf.contrib.layers.crossed_column
        tf.contrib.layers.embedding_column tf.contrib.layers.infer_real_valued_columns
        tf.contrib.layers.input_from_feature_columns tf.contrib.layers.joint_weighted_sum_from_feature_columns
        tf.contrib.layers.make_place_holder_tensors_for_base_features tf.contrib.layers.one_hot_column
        tf.contrib.layers.parse_feature_columns_from_examples
        tf.contrib.layers.parse_feature_columns_from_sequence_examples tf.contrib.layers.real_valued_column
        tf.contrib.layers.scattered_embedding_column tf.contrib.layers.sequence_input_from_feature_columns
        tf.contrib.layers.shared_embedding_columns tf.contrib.layers.sparse_column_with_hash_bucket
        tf.contrib.layers.sparse_column_with_integerized_feature tf.contrib.layers.sparse_column_with_keys
        tf.contrib.layers.sparse_column_with_vocabulary_file tf.contrib.layers.transform_features
        tf.contrib.layers.weighted_sparse_column tf.contrib.layers.weighted_sum_from_feature_columns""",
    _ESTIMATOR + ".": "tf.contrib.layers.multi_class_target tf.contrib.layers.regression_target",
    "PyTorch has torch.utils.checkpoint": """tf.recompute_grad tf.contrib.layers.recompute_grad
        tf.contrib.layers.RevBlock tf.contrib.layers.rev_block""",
    "use tf.nn.embedding_lookup on dense ids, or torch.nn.functional.embedding_bag": """
        tf.nn.embedding_lookup_sparse tf.nn.safe_embedding_lookup_sparse
        tf.contrib.layers.safe_embedding_lookup_sparse tf.contrib.layers.bow_encoder""",
    "use tf.nn.embedding_lookup": "tf.contrib.layers.embedding_lookup_unique",
    "use slim.gdn": "tf.contrib.layers.GDN",
    "use tf.data.Dataset": """tf.contrib.data tf.contrib.training.bucket tf.contrib.training.bucket_by_sequence_length
        tf.contrib.training.rejection_sample tf.contrib.training.stratified_sample
        tf.contrib.training.weighted_resample tf.contrib.training.resample_at_rate""",
    "use tf.summary": "tf.contrib.summary",
    "use torch.nn.functional.affine_grid and grid_sample": "tf.contrib.image tf.contrib.resampler",
    "use torch.special": "tf.betainc tf.math.betainc",
    "use tf.convert_to_tensor where the value is used": "tf.register_tensor_conversion_function",
    "use the custom_getter of tf.variable_scope": "tf.variable_creator_scope",
    "use tf.gradients": """tf.nn.conv2d_backprop_filter tf.nn.conv3d_backprop_filter
        tf.nn.depthwise_conv2d_backprop_filter tf.nn.depthwise_conv2d_backprop_input""",
    "use tf.py_func": "tf.string_to_hash_bucket tf.string_to_hash_bucket_fast tf.string_to_hash_bucket_strong",
    "use torch.fft on tensors of the eager way, or tf.py_func": "tf.fft tf.fft2d tf.fft3d tf.ifft tf.ifft2d tf.ifft3d",
    _DISTRIBUTION: "tf.distributions tf.contrib.distributions tf.contrib.bayesflow",
    "use tf.summary.scalar": "tf.scalar_summary",
    "use tf.summary.histogram": "tf.histogram_summary",
    "use tf.summary.image": "tf.image_summary",
    "use tf.summary.merge": "tf.merge_summary",
    "use tf.summary.merge_all": "tf.merge_all_summaries",
    "use tf.stack": "tf.pack",
    "use tf.unstack": "tf.unpack",
    "use tf.multiply": "tf.mul",
    "use tf.subtract": "tf.sub",
    "use tf.negative": "tf.neg",
    "use tf.concat(values, axis)": "tf.concat_v2",
    "use tf.matmul, which multiplies batches too": "tf.batch_matmul",
    "use tf.where": "tf.select",
    "use tf.train.SummaryWriter": "tf.SummaryWriter",
    "use tf.global_variables_initializer": "tf.init_all_variables",
    "use tf.while_loop or tf.map_fn": "tf.vectorized_map",
    "use tf.train.Saver": "tf.train.Checkpoint tf.train.CheckpointManager",
    "use tf.train.init_from_checkpoint": "tf.train.warm_start tf.train.VocabInfo",
    "use tf.get_variable and tf.variable_scope": "tf.contrib.eager.Variable",
    "use torch.profiler, or tf.train.ProfilerHook": "tf.profiler tf.contrib.tfprof",
    "use tf.compat.v1": "tf.compat.v2",
}

ADVICE = {name: advice for advice, names in _WHERE.items() for name in names.split()}
"""For names that code for TensorFlow uses and `tf` lacks: what to use instead, or why there is nothing."""


def missing(module: str, name: str) -> AttributeError:
    """The error for a name that is not in a module.

    Args:
      module: as TensorFlow has it, `"tf.nn"`.
      name: what was asked for in it.
    """
    path = f"{module}.{name}"
    if name.startswith("__"):
        return AttributeError(f"module {module!r} has no attribute {name!r}")
    # A name below a module that is left out as a whole: tf.contrib.rnn.LSTMCell.
    parts = path.replace("slim.", "tf.contrib.layers.", 1).split(".") if module == "slim" else path.split(".")
    for length in range(len(parts), 1, -1):
        advice = ADVICE.get(".".join(parts[:length]))
        if advice is not None:
            return AttributeError(f"{path} is not supported by slim_torch: {advice.rstrip('.')}.")
    close = difflib.get_close_matches(name, _names(module), n=2)
    hint = f" Did you mean {' or '.join(f'{module}.{word}' for word in close)}?" if close else ""
    return AttributeError(f"{path} is not supported by slim_torch.{hint}")


def lacking(module: str) -> Callable[[str], NoReturn]:
    """The `__getattr__` of a module that has all its names."""

    def get(name: str) -> NoReturn:
        raise missing(module, name)

    return get


def _names(module: str) -> list[str]:
    try:
        return dir(importlib.import_module("slim_torch" if module == "slim" else f"slim_torch.{module}"))
    except ImportError:
        return []
