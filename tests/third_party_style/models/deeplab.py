import tensorflow as tf
from tensorflow.contrib import slim
from tensorflow.contrib.layers.python.layers import layers
from tensorflow.contrib.framework import arg_scope
from tensorflow.contrib.slim.python.slim.nets import resnet_v2
from tensorflow.contrib.slim.python.slim.nets.resnet_utils import Block, stack_blocks_dense, resnet_arg_scope

_BATCH_NORM_DECAY = 0.9997


def atrous_spatial_pyramid_pooling(inputs, output_stride, batch_norm_decay, is_training, depth=16):
    with tf.variable_scope("aspp"):
        if output_stride not in [8, 16]:
            raise ValueError('output_stride must be either 8 or 16.')
        atrous_rates = [6, 12, 18]
        if output_stride == 8:
            atrous_rates = [2 * rate for rate in atrous_rates]
        with tf.contrib.slim.arg_scope(resnet_v2.resnet_arg_scope(batch_norm_decay=batch_norm_decay)):
            with arg_scope([layers.batch_norm], is_training=is_training):
                inputs_size = tf.shape(inputs)[1:3]
                conv_1x1 = layers.conv2d(inputs, depth, [1, 1], stride=1, scope="conv_1x1")
                conv_3x3_1 = layers.conv2d(inputs, depth, [3, 3], stride=1, rate=atrous_rates[0], scope='conv_3x3_1')
                conv_3x3_2 = layers.conv2d(inputs, depth, [3, 3], stride=1, rate=atrous_rates[1], scope='conv_3x3_2')
                with tf.variable_scope("image_level_features"):
                    image_level_features = tf.reduce_mean(inputs, [1, 2], name='global_average_pooling', keepdims=True)
                    image_level_features = layers.conv2d(image_level_features, depth, [1, 1], stride=1, scope='conv_1x1')
                    image_level_features = tf.image.resize_bilinear(image_level_features, inputs_size, name='upsample')
                net = tf.concat([conv_1x1, conv_3x3_1, conv_3x3_2, image_level_features], axis=3, name='concat')
                net = layers.conv2d(net, depth, [1, 1], stride=1, scope='conv_1x1_concat')
                return net


def block(scope, base_depth, num_units, stride, bottleneck):
    return Block(scope, bottleneck, [{'depth': base_depth * 4, 'depth_bottleneck': base_depth, 'stride': 1}] * (num_units - 1) + [
        {'depth': base_depth * 4, 'depth_bottleneck': base_depth, 'stride': stride}])


def deeplab_v3_plus(inputs, num_classes, is_training, output_stride=16):
    inputs_size = tf.shape(inputs)[1:3]
    with slim.arg_scope(resnet_v2.resnet_arg_scope(batch_norm_decay=_BATCH_NORM_DECAY)):
        blocks = [block('block1', 4, 2, 2, resnet_v2.bottleneck), block('block2', 8, 2, 2, resnet_v2.bottleneck),
                  block('block3', 8, 2, 1, resnet_v2.bottleneck)]
        logits, end_points = resnet_v2.resnet_v2(inputs, blocks, num_classes=None, is_training=is_training, global_pool=False,
                                                 output_stride=output_stride, scope='backbone')
    net = end_points['backbone/block3']
    encoder_output = atrous_spatial_pyramid_pooling(net, output_stride, _BATCH_NORM_DECAY, is_training)
    with tf.variable_scope("decoder"):
        with tf.contrib.slim.arg_scope(resnet_v2.resnet_arg_scope(batch_norm_decay=_BATCH_NORM_DECAY)):
            with arg_scope([layers.batch_norm], is_training=is_training):
                low_level_features = end_points['backbone/block1/unit_1/bottleneck_v2/conv1'] if \
                    'backbone/block1/unit_1/bottleneck_v2/conv1' in end_points else end_points['backbone/block1']
                low_level_features = layers.conv2d(low_level_features, 12, [1, 1], stride=1, scope='conv_1x1')
                low_level_features_size = tf.shape(low_level_features)[1:3]
                net = tf.image.resize_bilinear(encoder_output, low_level_features_size, name='upsample_1')
                net = tf.concat([net, low_level_features], axis=3, name='concat')
                net = slim.separable_conv2d(net, 16, [3, 3], 1, scope='sep_3x3')
                net = layers.conv2d(net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None, scope='conv_1x1_out')
                logits = tf.image.resize_bilinear(net, inputs_size, name='upsample_2', align_corners=True)
    return logits


def model_fn(features, labels, num_classes, weight_decay=1e-4, mode_train=True):
    logits = deeplab_v3_plus(features, num_classes, mode_train)
    pred_classes = tf.expand_dims(tf.argmax(logits, axis=3, output_type=tf.int32), axis=3)
    labels = tf.squeeze(labels, axis=3)
    logits_by_num_classes = tf.reshape(logits, [-1, num_classes])
    labels_flat = tf.reshape(labels, [-1, ])
    valid_indices = tf.to_int32(labels_flat <= num_classes - 1)
    valid_logits = tf.dynamic_partition(logits_by_num_classes, valid_indices, num_partitions=2)[1]
    valid_labels = tf.dynamic_partition(labels_flat, valid_indices, num_partitions=2)[1]
    preds_flat = tf.reshape(pred_classes, [-1, ])
    valid_preds = tf.dynamic_partition(preds_flat, valid_indices, num_partitions=2)[1]
    confusion = tf.confusion_matrix(valid_labels, valid_preds, num_classes=num_classes)
    cross_entropy = tf.losses.sparse_softmax_cross_entropy(logits=valid_logits, labels=valid_labels)
    tf.identity(cross_entropy, name='cross_entropy')
    train_var_list = [v for v in tf.trainable_variables() if 'beta' not in v.name and 'gamma' not in v.name]
    with tf.variable_scope("total_loss"):
        loss = cross_entropy + weight_decay * tf.add_n([tf.nn.l2_loss(v) for v in train_var_list])
    return loss, pred_classes, confusion, logits
