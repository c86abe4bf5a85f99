"""Builds the models of `models/` on whatever `import tensorflow` gives, and writes what they give to a file.

    python run_models.py OUTPUT [MODEL ...]

Weights are functions of the variables' names, feeds of the placeholders' numbers.
"""
import json
import os
import sys
import zlib

import numpy as np
import tensorflow as tf

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'models'))
slim = tf.contrib.slim


def weights(name, shape):
    random = np.random.RandomState(zlib.crc32(name.encode()) % (2 ** 32))
    if name.endswith(('moving_variance', 'gamma')):
        return random.uniform(0.5, 1.5, shape).astype(np.float32)
    fan = int(np.prod(shape[:-1])) if len(shape) > 1 else 1
    return (random.normal(0, 1, shape) * (np.sqrt(1.5 / fan) if len(shape) > 1 else 0.1)).astype(np.float32)


class Feeds(dict):
    def __init__(self):
        dict.__init__(self)
        self.random = np.random.RandomState(7)

    def add(self, shape, value=None, dtype=tf.float32, static=None, name=None):
        made = tf.placeholder(dtype, static or shape, name=name)
        self[made] = self.random.uniform(-1, 1, shape).astype(np.float32) if value is None else value
        return made


def ssd(feeds):
    import ssd
    net = ssd.SSDNet()
    images = feeds.add([2, 64, 64, 3])
    with slim.arg_scope(net.arg_scope(weight_decay=0.0005)):
        predictions, localisations, logits, end_points = net.net(images, is_training=False)
    total = sum(8 * 8 * n if i == 0 else (4 * 4 * n if i == 1 else 2 * 2 * n) for i, n in enumerate([4, 6, 4])) * 2
    classes = feeds.add([total], feeds.random.randint(0, 5, total) * (feeds.random.rand(total) > .8), tf.int64)
    locs = feeds.add([total, 4])
    net.losses(logits, localisations, classes, locs)
    assert len(net.anchors((64, 64))) == 3
    return dict(p=predictions[0], l=localisations[1], b=end_points['block5'], loss=tf.losses.get_total_loss(),
                losses=tf.stack(tf.get_collection(tf.GraphKeys.LOSSES)))


def frcnn(feeds):
    import frcnn
    net = frcnn.Network()
    found = net.create_architecture('TRAIN', 4, tag='default')
    feeds[net._image] = feeds.random.uniform(-1, 1, [1, 48, 64, 3]).astype(np.float32)
    feeds[net._im_info] = np.array([[48, 64, 1]], np.float32)
    found['summaries'] = tf.constant(len(tf.get_collection(tf.GraphKeys.SUMMARIES)))
    return found


def monodepth(feeds):
    import monodepth
    params = monodepth.params_t('vgg', 32, 48, 2, False, .85, 1.)
    left, right = feeds.add([2, 32, 48, 3]), feeds.add([2, 32, 48, 3])
    model = monodepth.MonodepthModel(params, 'train', left, right)
    test = monodepth.MonodepthModel(params, 'test', left, None, reuse_variables=True)
    return dict(loss=model.total_loss, disp=model.disp1, right=model.right_est[1], again=test.disp2,
                gradient=tf.gradients(model.total_loss, tf.trainable_variables()[0])[0])


def facenet(feeds):
    import facenet
    images = feeds.add([3, 37, 37, 3])
    training = tf.placeholder_with_default(False, [], name='phase_train')
    net, end_points = facenet.inference(images, 0.8, phase_train=training, bottleneck_layer_size=16, weight_decay=5e-5)
    embeddings = tf.nn.l2_normalize(net, 1, 1e-10, name='embeddings')
    anchor, positive, negative = tf.unstack(tf.reshape(embeddings, [-1, 3, 16]), 3, 1)
    loss = facenet.triplet_loss(anchor, positive, negative, 0.2)
    center, _ = facenet.center_loss(net, feeds.add([3], np.array([0, 2, 0]), tf.int64), 0.5, 4)
    found = {k: end_points[k] for k in ('Mixed_5a', 'PreLogitsFlatten')}
    found.update(embeddings=embeddings, loss=loss, center=center,
                 reg=tf.add_n(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)))
    return found


def deeplab(feeds):
    import deeplab
    labels = feeds.add([2, 33, 33, 1], feeds.random.randint(0, 6, [2, 33, 33, 1]), tf.int32)
    loss, classes, confusion, logits = deeplab.model_fn(feeds.add([2, 33, 33, 3]), labels, 5)
    return dict(loss=loss, logits=logits, total=tf.reduce_sum(confusion))


def east(feeds):
    import east
    images = feeds.add([1, 128, 128, 3], static=[None, None, None, 3], name='input_images')
    score, geometry = east.model(images, is_training=False)
    truth = feeds.add([1, 8, 8, 1], (feeds.random.rand(1, 8, 8, 1) > .5).astype(np.float32))
    geo = feeds.add([1, 8, 8, 5], feeds.random.rand(1, 8, 8, 5).astype(np.float32))
    return dict(score=score, geometry=geometry, loss=east.loss(truth, score, geo, geometry, truth))


def pix2pix(feeds):
    import pix2pix
    model = pix2pix.create_model(feeds.add([2, 32, 32, 3]), feeds.add([2, 32, 32, 3]))
    grads = tf.gradients(model.gen_loss_L1, model.gen_vars[:2])
    return dict(out=model.outputs, real=model.predict_real, fake=model.predict_fake, d=model.discrim_loss,
                g=model.gen_loss_GAN, l1=model.gen_loss_L1, gradient=grads[0])


def pose(feeds):
    import pose
    model = pose.CPM()
    model.build_model(feeds.add([2, 64, 64, 3]), feeds.add([2, 64, 64, 1]), 2)
    model.build_loss(feeds.add([2, 8, 8, 14]), 1e-3, 0.9, 100)
    return dict(h=model.stage_heatmap[-1], k=pose.keypoints(model.stage_heatmap[-1]), loss=model.total_loss, lr=model.cur_lr)


def siamese(feeds):
    import siamese
    label = feeds.add([4, 1], np.array([[1], [0], [0], [1]], np.float32))
    loss, accuracy, sim = siamese.siamese(feeds.add([4, 20, 20, 1]), feeds.add([4, 20, 20, 1]), label)
    return dict(loss=loss, accuracy=accuracy, sim=sim)


def mobile(feeds):
    import mobile
    images = feeds.add([2, 28, 28, 3])
    with slim.arg_scope(mobile.mobile_arg_scope(is_training=True)):
        logits, end_points = mobile.mobile_050(images, 7, output_stride=4)
    assert mobile.mobile.default_image_size == 224
    assert mobile.mobile_050.default_image_size == 224
    slim.losses.softmax_cross_entropy(logits, tf.one_hot(tf.constant([1, 5]), 7), label_smoothing=0.1)
    found = dict(logits=end_points['AvgPool_1a'], depthwise=end_points['Conv2d_2_depthwise'], reg=tf.losses.get_regularization_loss())
    found['updates'] = tf.constant(len(tf.get_collection(tf.GraphKeys.UPDATE_OPS)))
    return found


def attention_ocr(feeds):
    import attention_ocr
    model = attention_ocr.OcrModel(11, 5, 2, 10)
    labels = feeds.add([2, 5], feeds.random.randint(0, 11, [2, 5]), tf.int64)
    endpoints = model.create_base(feeds.add([2, 16, 48, 3]), labels)
    loss = model.create_loss(labels, endpoints)
    model.create_summaries(None, endpoints)
    return dict(logit=endpoints.chars_logit, chars=endpoints.predicted_chars, scores=endpoints.predicted_scores, loss=loss)


def stn(feeds):
    import stn
    score, theta = stn.network(feeds.add([2, 16, 16, 2]), 1.0)
    return dict(score=score, theta=theta, reg=tf.losses.get_regularization_loss())


MODELS = [ssd, frcnn, monodepth, facenet, deeplab, east, pix2pix, pose, siamese, mobile, attention_ocr, stn]


def digest(value):
    """Everything of a small array; of others measures and samples."""
    value = np.asarray(value)
    flat = value.reshape(-1)
    if flat.size > 40:
        places = np.linspace(0, flat.size - 1, 24).astype(int)
        wide = flat.astype(np.float64)
        flat = np.concatenate([wide[places], [wide.mean(), np.abs(wide).max(), wide.std()]])
    return [list(value.shape), value.dtype.name, [float('%.9g' % x) for x in flat]]


def run(model):
    with tf.Graph().as_default():
        tf.set_random_seed(1)
        feeds = Feeds()
        fetches = model(feeds)
        # Gradients have names of their own there.
        found = {'static': {k: ['' if k == 'gradient' else t.name, t.get_shape().as_list()] for k, t in sorted(fetches.items())}}
        found['variables'] = [[v.name, v.get_shape().as_list()] for v in tf.global_variables()]
        found['trainable'] = [v.op.name for v in tf.trainable_variables()]
        for key in ('losses', 'regularization_losses', 'summaries', 'model_variables', 'update_ops'):
            names = [v.op.name if hasattr(v, 'op') else v.name for v in tf.get_collection(key)]
            found[key] = [len(names), zlib.crc32(' '.join(names).encode()), names[:6]]
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            for v in tf.trainable_variables() + tf.get_collection(tf.GraphKeys.MODEL_VARIABLES):
                v.load(weights(v.op.name, v.get_shape().as_list()), sess)
            values = sess.run(fetches, feed_dict=feeds)
        found['values'] = {k: digest(v) for k, v in sorted(values.items())}
    return found


def main(output, names):
    facts = {}
    for model in MODELS:
        if not names or model.__name__ in names:
            try:
                facts[model.__name__] = run(model)
            except Exception as err:
                facts[model.__name__] = {'error': '%s: %s' % (type(err).__name__, err)}
    with open(output, 'w') as file:
        json.dump(facts, file)


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2:])
