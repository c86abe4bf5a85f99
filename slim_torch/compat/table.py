"""TensorFlow's modules by name, and the modules of slim_torch that their names are in.

One module a line; sources are below `slim_torch`, and a dot is `slim_torch` itself. `package.*` stands for every module
of a package that has one of the same name below the source. A module without sources only has modules.
"""

TABLE = """
absl
absl.app                                            tf.app
absl.flags                                          tf.flags
absl.logging                                        tf.logging

tensorflow                                          tf
tensorflow.app                                      tf.app
tensorflow.bitwise                                  tf.bitwise
tensorflow.compat                                   tf.compat
tensorflow.data                                     tf.data
tensorflow.data.experimental                        tf.data
tensorflow.debugging                                tf.debugging
tensorflow.dtypes                                   tf.dtypes
tensorflow.errors                                   errors
tensorflow.flags                                    tf.flags
tensorflow.gfile                                    tf.gfile
tensorflow.image                                    tf.image
tensorflow.initializers                             tf.initializers
tensorflow.io                                       tf.io
tensorflow.keras                                    tf.keras
tensorflow.keras.backend                            tf.keras.backend
tensorflow.keras.initializers                       tf.keras.initializers
tensorflow.keras.regularizers                       tf.keras.regularizers
tensorflow.layers                                   tf.layers
tensorflow.linalg                                   tf.linalg
tensorflow.logging                                  tf.logging
tensorflow.losses                                   tf.losses
tensorflow.manip                                    tf.manip
tensorflow.math                                     tf.math
tensorflow.metrics                                  tf.metrics
tensorflow.nest                                     compat.nest
tensorflow.nn                                       tf.nn
tensorflow.nn.rnn_cell                              tf.rnn_cell
tensorflow.python_io                                tf.python_io
tensorflow.queue                                    tf.queue
tensorflow.random                                   tf.random
tensorflow.resource_loader                          tf.resource_loader
tensorflow.sets                                     tf.sets
tensorflow.sparse                                   tf.sparse
tensorflow.strings                                  tf.strings
tensorflow.summary                                  tf.summary
tensorflow.sysconfig                                tf.sysconfig
tensorflow.test                                     tf.test
tensorflow.train                                    tf.train
tensorflow.train.queue_runner                       tf.train
tensorflow.version                                  tf.version

tensorflow.contrib                                  tf.contrib
tensorflow.contrib.framework                        tf.contrib.framework
tensorflow.contrib.framework.python
tensorflow.contrib.framework.python.framework
tensorflow.contrib.framework.python.framework.checkpoint_utils  tf.contrib.framework
tensorflow.contrib.framework.python.framework.experimental      compat.deprecation
tensorflow.contrib.framework.python.framework.tensor_util       compat.tensor_util tf.contrib.framework
tensorflow.contrib.framework.python.ops             tf.contrib.framework arg_scope
tensorflow.contrib.framework.python.ops.arg_scope   arg_scope
tensorflow.contrib.framework.python.ops.ops         compat.framework_ops
tensorflow.contrib.framework.python.ops.script_ops  compat.tensor_util
tensorflow.contrib.framework.python.ops.sort_ops    tf.sorting
tensorflow.contrib.framework.python.ops.variables   variables checkpoint.restore compat.tensor_util
tensorflow.contrib.layers                           tf.contrib.layers
tensorflow.contrib.layers.python
tensorflow.contrib.layers.python.layers             tf.contrib.layers layers
tensorflow.contrib.layers.python.layers.embedding_ops  tf.contrib.layers
tensorflow.contrib.layers.python.layers.encoders    tf.contrib.layers
tensorflow.contrib.layers.python.layers.initializers  initializers
tensorflow.contrib.layers.python.layers.layers      layers compat.layers_layers tf.contrib.layers
tensorflow.contrib.layers.python.layers.normalization  layers
tensorflow.contrib.layers.python.layers.optimizers  loss_optimization
tensorflow.contrib.layers.python.layers.regularizers  regularizers
tensorflow.contrib.layers.python.layers.summaries   summaries
tensorflow.contrib.layers.python.layers.utils       utils
tensorflow.contrib.lookup                           tf.contrib.lookup
tensorflow.contrib.lookup.lookup_ops                tf.contrib.lookup
tensorflow.contrib.losses                           tf.contrib.losses
tensorflow.contrib.losses.python                    losses
tensorflow.contrib.losses.python.losses             losses
tensorflow.contrib.losses.python.losses.loss_ops    losses
tensorflow.contrib.metrics                          tf.contrib.metrics
tensorflow.contrib.metrics.python
tensorflow.contrib.metrics.python.ops               tf.contrib.metrics
tensorflow.contrib.metrics.python.ops.confusion_matrix_ops  tf.contrib.metrics
tensorflow.contrib.metrics.python.ops.histogram_ops tf.contrib.metrics
tensorflow.contrib.metrics.python.ops.metric_ops    tf.contrib.metrics
tensorflow.contrib.metrics.python.ops.set_ops       tf.contrib.metrics
tensorflow.contrib.opt                              tf.contrib.opt
tensorflow.contrib.rnn                              tf.contrib.rnn
tensorflow.contrib.slim                             .
tensorflow.contrib.slim.nets                        nets
tensorflow.contrib.slim.python
tensorflow.contrib.slim.python.slim                 .
tensorflow.contrib.slim.python.slim.data
tensorflow.contrib.slim.python.slim.data.data_decoder           data_decoder
tensorflow.contrib.slim.python.slim.data.data_provider          data_provider
tensorflow.contrib.slim.python.slim.data.dataset                dataset
tensorflow.contrib.slim.python.slim.data.dataset_data_provider  dataset_data_provider
tensorflow.contrib.slim.python.slim.data.parallel_reader        parallel_reader
tensorflow.contrib.slim.python.slim.data.prefetch_queue         prefetch_queue
tensorflow.contrib.slim.python.slim.data.test_utils             compat.record_files
tensorflow.contrib.slim.python.slim.data.tfexample_decoder      tfexample_decoder
tensorflow.contrib.slim.python.slim.evaluation      evaluation
tensorflow.contrib.slim.python.slim.learning        learning
tensorflow.contrib.slim.python.slim.model_analyzer  model_analyzer
tensorflow.contrib.slim.python.slim.nets            nets
tensorflow.contrib.slim.python.slim.nets.*          nets
tensorflow.contrib.slim.python.slim.queues          queue_runners queues
tensorflow.contrib.slim.python.slim.summaries       summaries
tensorflow.contrib.training                         training
tensorflow.contrib.training.python
tensorflow.contrib.training.python.training         training
tensorflow.contrib.training.python.training.bucket_ops  training
tensorflow.contrib.training.python.training.evaluation  training
tensorflow.contrib.training.python.training.hparam  training
tensorflow.contrib.training.python.training.training  training
tensorflow.contrib.util                             tf.contrib.util

tensorflow.core
tensorflow.core.example
tensorflow.core.example.example_pb2                 tf.train
tensorflow.core.example.feature_pb2                 tf.train
tensorflow.core.framework
tensorflow.core.framework.summary_pb2               tf.summary summary_protos
tensorflow.core.protobuf
tensorflow.core.protobuf.config_pb2                 config
tensorflow.core.protobuf.saver_pb2                  tf.train
tensorflow.core.util
tensorflow.core.util.event_pb2                      summary_protos

tensorflow.python                                   tf
tensorflow.python.client
tensorflow.python.client.device_lib                 compat.device_lib
tensorflow.python.client.session                    tf
tensorflow.python.data                              tf.data
tensorflow.python.data.ops
tensorflow.python.data.ops.dataset_ops              tf.data
tensorflow.python.eager
tensorflow.python.eager.context                     compat.eager_context
tensorflow.python.framework
tensorflow.python.framework.constant_op             tf
tensorflow.python.framework.device                  compat.device_lib
tensorflow.python.framework.dtypes                  tf.dtypes
tensorflow.python.framework.errors                  errors
tensorflow.python.framework.errors_impl             errors
tensorflow.python.framework.indexed_slices          tf
tensorflow.python.framework.ops                     compat.framework_ops tf
tensorflow.python.framework.random_seed             tf.random tf
tensorflow.python.framework.smart_cond              compat.tensor_util
tensorflow.python.framework.sparse_tensor           tf
tensorflow.python.framework.tensor_shape            tensor_shape
tensorflow.python.framework.tensor_util             compat.tensor_util tf.framework
tensorflow.python.framework.test_util               compat.test_util tf.test
tensorflow.python.keras                             tf.keras
tensorflow.python.keras.backend                     tf.keras.backend
tensorflow.python.keras.initializers                tf.keras.initializers
tensorflow.python.keras.regularizers                tf.keras.regularizers
tensorflow.python.layers
tensorflow.python.layers.base                       tf.layers
tensorflow.python.layers.convolutional              tf.layers
tensorflow.python.layers.core                       tf.layers
tensorflow.python.layers.layers                     tf.layers
tensorflow.python.layers.normalization              tf.layers
tensorflow.python.layers.pooling                    tf.layers
tensorflow.python.layers.utils                      compat.layers_utils
tensorflow.python.lib
tensorflow.python.lib.io
tensorflow.python.lib.io.file_io                    compat.file_io
tensorflow.python.lib.io.python_io                  tf.python_io
tensorflow.python.lib.io.tf_record                  tf.python_io
tensorflow.python.ops                               tf
tensorflow.python.ops.array_ops                     tf
tensorflow.python.ops.bitwise_ops                   tf.bitwise
tensorflow.python.ops.check_ops                     tf
tensorflow.python.ops.clip_ops                      tf
tensorflow.python.ops.confusion_matrix              tf compat.tensor_util
tensorflow.python.ops.control_flow_ops              control_flow tf
tensorflow.python.ops.custom_gradient               tf
tensorflow.python.ops.data_flow_ops                 tf
tensorflow.python.ops.embedding_ops                 tf.nn
tensorflow.python.ops.functional_ops                tf
tensorflow.python.ops.gen_array_ops                 tf
tensorflow.python.ops.gen_control_flow_ops          tf
tensorflow.python.ops.gen_image_ops                 tf.image
tensorflow.python.ops.gen_io_ops                    tf
tensorflow.python.ops.gen_math_ops                  tf tf.math
tensorflow.python.ops.gen_nn_ops                    tf.nn
tensorflow.python.ops.gen_random_ops                tf
tensorflow.python.ops.gen_sparse_ops                tf
tensorflow.python.ops.gen_state_ops                 tf
tensorflow.python.ops.gen_string_ops                tf
tensorflow.python.ops.gradients                     tf
tensorflow.python.ops.gradients_impl                tf
tensorflow.python.ops.histogram_ops                 tf
tensorflow.python.ops.image_ops                     tf.image
tensorflow.python.ops.image_ops_impl                tf.image
tensorflow.python.ops.init_ops                      tf initializers tf.initializers
tensorflow.python.ops.io_ops                        tf
tensorflow.python.ops.linalg_ops                    tf tf.linalg
tensorflow.python.ops.logging_ops                   tf
tensorflow.python.ops.lookup_ops                    lookup tf
tensorflow.python.ops.losses                        tf.losses
tensorflow.python.ops.losses.losses                 tf.losses
tensorflow.python.ops.losses.losses_impl            tf.losses
tensorflow.python.ops.losses.util                   tf.losses
tensorflow.python.ops.map_fn                        tf
tensorflow.python.ops.math_ops                      tf tf.math
tensorflow.python.ops.metrics                       tf.metrics
tensorflow.python.ops.metrics_impl                  tf.metrics
tensorflow.python.ops.nn                            tf.nn
tensorflow.python.ops.nn_impl                       tf.nn
tensorflow.python.ops.nn_ops                        tf.nn
tensorflow.python.ops.parsing_ops                   tf
tensorflow.python.ops.random_ops                    tf
tensorflow.python.ops.resource_variable_ops         compat.variables_ops tf
tensorflow.python.ops.resources                     compat.variables_ops
tensorflow.python.ops.rnn_cell_impl                 tf.rnn_cell tf.rnn_cells
tensorflow.python.ops.rnn_cell                      tf.rnn_cell
tensorflow.python.ops.rnn                           tf.rnn
tensorflow.python.ops.ctc_ops                       tf.nn
tensorflow.python.ops.candidate_sampling_ops        tf.nn
tensorflow.python.ops.script_ops                    tf
tensorflow.python.ops.sets                          tf.sets
tensorflow.python.ops.sort_ops                      tf
tensorflow.python.ops.sparse_ops                    tf
tensorflow.python.ops.special_math_ops              tf
tensorflow.python.ops.standard_ops                  tf
tensorflow.python.ops.state_ops                     tf
tensorflow.python.ops.string_ops                    tf tf.strings
tensorflow.python.ops.template                      tf
tensorflow.python.ops.tensor_array_ops              tf
tensorflow.python.ops.variable_scope                scopes tf compat.variables_ops
tensorflow.python.ops.variables                     tf compat.variables_ops
tensorflow.python.ops.weights_broadcast_ops         loss_support
tensorflow.python.platform
tensorflow.python.platform.app                      tf.app
tensorflow.python.platform.benchmark                tf.test
tensorflow.python.platform.flags                    tf.flags
tensorflow.python.platform.gfile                    tf.gfile
tensorflow.python.platform.googletest               tf.test
tensorflow.python.platform.resource_loader          tf.resource_loader
tensorflow.python.platform.test                     tf.test
tensorflow.python.platform.tf_logging               tf.logging
tensorflow.python.pywrap_tensorflow                 tf.pywrap_tensorflow
tensorflow.python.saved_model
tensorflow.python.summary                           tf.summary
tensorflow.python.summary.summary                   tf.summary
tensorflow.python.summary.summary_iterator          tf.train
tensorflow.python.summary.writer
tensorflow.python.summary.writer.writer             tf.summary
tensorflow.python.summary.writer.writer_cache       tf.summary
tensorflow.python.tools
tensorflow.python.tools.inspect_checkpoint          compat.inspect_checkpoint
tensorflow.python.training                          tf.train
tensorflow.python.training.adadelta                 tf.train
tensorflow.python.training.adagrad                  tf.train
tensorflow.python.training.adagrad_da               tf.train
tensorflow.python.training.adam                     tf.train
tensorflow.python.training.basic_loops              tf.train
tensorflow.python.training.basic_session_run_hooks  tf.train
tensorflow.python.training.checkpoint_management    tf.train
tensorflow.python.training.checkpoint_utils         tf.train
tensorflow.python.training.coordinator              tf.train
tensorflow.python.training.evaluation               training
tensorflow.python.training.ftrl                     tf.train
tensorflow.python.training.gradient_descent         tf.train
tensorflow.python.training.input                    tf.train
tensorflow.python.training.learning_rate_decay      tf.train
tensorflow.python.training.momentum                 tf.train
tensorflow.python.training.monitored_session        tf.train monitored_session
tensorflow.python.training.moving_averages          moving_averages tf.train
tensorflow.python.training.optimizer                tf.train optimizer_base
tensorflow.python.training.proximal_adagrad         tf.train
tensorflow.python.training.proximal_gradient_descent  tf.train
tensorflow.python.training.queue_runner             tf.train
tensorflow.python.training.queue_runner_impl        tf.train
tensorflow.python.training.rmsprop                  tf.train
tensorflow.python.training.saver                    tf.train checkpoint.saver
tensorflow.python.training.server_lib               tf.train
tensorflow.python.training.session_manager          tf.train
tensorflow.python.training.session_run_hook         tf.train
tensorflow.python.training.slot_creator             slot_variables
tensorflow.python.training.summary_io               tf.summary tf.train
tensorflow.python.training.supervisor               tf.train
tensorflow.python.training.sync_replicas_optimizer  tf.train sync_replicas
tensorflow.python.training.training                 tf.train
tensorflow.python.training.training_util            tf.train
tensorflow.python.util
tensorflow.python.util.all_util                     compat.util
tensorflow.python.util.compat                       tf.compat
tensorflow.python.util.deprecation                  compat.deprecation
tensorflow.python.util.nest                         compat.nest
tensorflow.python.util.tf_contextlib                compat.util
tensorflow.python.util.tf_decorator                 compat.util
tensorflow.python.util.tf_export                    compat.util
tensorflow.python.util.tf_inspect                   compat.util

tf_slim                                             .
tf_slim.data                                        .
tf_slim.data.data_decoder                           data_decoder
tf_slim.data.data_provider                          data_provider
tf_slim.data.dataset                                dataset
tf_slim.data.dataset_data_provider                  dataset_data_provider
tf_slim.data.parallel_reader                        parallel_reader
tf_slim.data.prefetch_queue                         prefetch_queue
tf_slim.data.test_utils                             compat.record_files
tf_slim.data.tfexample_decoder                      tfexample_decoder
tf_slim.evaluation                                  evaluation
tf_slim.layers                                      layers tf.contrib.layers
tf_slim.layers.initializers                         initializers
tf_slim.layers.layers                               layers compat.layers_layers
tf_slim.layers.normalization                        layers
tf_slim.layers.optimizers                           loss_optimization
tf_slim.layers.regularizers                         regularizers
tf_slim.layers.summaries                            summaries
tf_slim.layers.utils                                utils
tf_slim.learning                                    learning
tf_slim.losses                                      losses
tf_slim.losses.loss_ops                             losses
tf_slim.metrics                                     tf.contrib.metrics
tf_slim.metrics.metric_ops                          tf.contrib.metrics
tf_slim.model_analyzer                              model_analyzer
tf_slim.nets                                        nets
tf_slim.nets.*                                      nets
tf_slim.ops                                         tf.contrib.framework
tf_slim.ops.arg_scope                               arg_scope
tf_slim.ops.framework_ops                           compat.framework_ops
tf_slim.ops.variables                               variables checkpoint.restore
tf_slim.queues                                      queue_runners queues
tf_slim.summaries                                   summaries
tf_slim.training                                    training
tf_slim.training.evaluation                         training
tf_slim.training.training                           training
"""

FUNCTIONS = {"tensorflow.contrib.framework.python.ops.arg_scope"}
"""Where the package has a function instead of its module of that name."""

ABBREVIATIONS = {
    "array_ops": "tensorflow.python.ops.array_ops",
    "checkpoint_utils": "tensorflow.python.training.checkpoint_utils",
    "clip_ops": "tensorflow.python.ops.clip_ops",
    "constant_op": "tensorflow.python.framework.constant_op",
    "control_flow_ops": "tensorflow.python.ops.control_flow_ops",
    "dtypes": "tensorflow.python.framework.dtypes",
    "embedding_ops": "tensorflow.python.ops.embedding_ops",
    "init_ops": "tensorflow.python.ops.init_ops",
    "loss_ops": "tensorflow.contrib.losses.python.losses.loss_ops",
    "math_ops": "tensorflow.python.ops.math_ops",
    "metric_ops": "tensorflow.contrib.metrics.python.ops.metric_ops",
    "moving_averages": "tensorflow.python.training.moving_averages",
    "nest": "tensorflow.python.util.nest",
    "nn": "tensorflow.python.ops.nn",
    "nn_ops": "tensorflow.python.ops.nn_ops",
    "ops": "tensorflow.python.framework.ops",
    "parsing_ops": "tensorflow.python.ops.parsing_ops",
    "random_ops": "tensorflow.python.ops.random_ops",
    "resource_variable_ops": "tensorflow.python.ops.resource_variable_ops",
    "sparse_ops": "tensorflow.python.ops.sparse_ops",
    "standard_ops": "tensorflow.python.ops.standard_ops",
    "string_ops": "tensorflow.python.ops.string_ops",
    "summary": "tensorflow.python.summary.summary",
    "tensor_shape": "tensorflow.python.framework.tensor_shape",
    "train": "tensorflow.python.training.training",
    "variable_scope": "tensorflow.python.ops.variable_scope",
    "vs": "tensorflow.python.ops.variable_scope",
}
"""Modules under the names by which slim's own modules import them: `slim.ops`, `layers.init_ops`."""
