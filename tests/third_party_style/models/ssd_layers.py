"""Extra layers for the detector."""
import tensorflow as tf

from tensorflow.contrib.framework.python.ops import add_arg_scope
from tensorflow.contrib.framework.python.ops import variables
from tensorflow.contrib.layers.python.layers import initializers
from tensorflow.contrib.layers.python.layers import utils
from tensorflow.python.framework import dtypes
from tensorflow.python.framework import ops
from tensorflow.python.ops import array_ops
from tensorflow.python.ops import init_ops
from tensorflow.python.ops import math_ops
from tensorflow.python.ops import nn
from tensorflow.python.ops import variable_scope


@add_arg_scope
def scaled_l2_norm(inputs, scaling=False, scale_initializer=init_ops.ones_initializer(), reuse=None,
                   variables_collections=None, outputs_collections=None, data_format='NHWC',
                   trainable=True, scope=None):
    with variable_scope.variable_scope(scope, 'L2Norm', [inputs], reuse=reuse) as sc:
        inputs_shape = inputs.get_shape()
        dtype = inputs.dtype.base_dtype
        if data_format == 'NHWC':
            params_shape = inputs_shape[-1:]
            dim = inputs_shape.ndims - 1
        else:
            params_shape = inputs_shape[1:2]
            dim = 1
        outputs = nn.l2_normalize(inputs, dim, epsilon=1e-12)
        if scaling:
            collections = utils.get_variable_collections(variables_collections, 'scale')
            scale = variables.model_variable('gamma', shape=params_shape, dtype=dtype,
                                             initializer=scale_initializer,
                                             collections=collections, trainable=trainable)
            if data_format == 'NCHW':
                scale = array_ops.expand_dims(array_ops.expand_dims(scale, -1), -1)
            outputs = math_ops.multiply(outputs, scale)
        return utils.collect_named_outputs(outputs_collections, sc.original_name_scope, outputs)


@add_arg_scope
def pad2d(inputs, pad=(0, 0), mode='CONSTANT', data_format='NHWC', trainable=True, scope=None):
    with tf.name_scope(scope, 'pad2d', [inputs]):
        paddings = [[0, 0], [pad[0], pad[0]], [pad[1], pad[1]], [0, 0]]
        if data_format == 'NCHW':
            paddings = [[0, 0], [0, 0], [pad[0], pad[0]], [pad[1], pad[1]]]
        return tf.pad(inputs, paddings, mode=mode)


@add_arg_scope
def channel_to_last(inputs, data_format='NHWC', scope=None):
    with tf.name_scope(scope, 'channel_to_last', [inputs]):
        if data_format == 'NHWC':
            return inputs
        return tf.transpose(inputs, perm=(0, 2, 3, 1))
