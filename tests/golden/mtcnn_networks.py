"""PNet and RNet, the first two networks of a face detector, in slim code that runs on both sides.

Built from the names and shapes of the variables in the checkpoints. Runs under Python 3.7; imports neither
TensorFlow nor torch.
"""


def prelu(tf, slim, inputs):
    """max(x, 0) + alpha * min(x, 0), one alpha per channel, in the variable `alphas` of the current layer."""
    # What conv2d passes on is in its scope, so the variable is conv1/alphas.
    alphas = tf.get_variable("alphas", [int(inputs.shape[-1])])
    return tf.nn.relu(inputs) - alphas * tf.nn.relu(-inputs)


def convolutions(tf, slim):
    """The defaults of both networks."""
    return slim.arg_scope(
        [slim.conv2d], padding="VALID", activation_fn=lambda inputs: prelu(tf, slim, inputs)
    )


def pnet(tf, slim, images):
    """Per 12 x 12 window: face or not, corrections of the box, five landmarks."""
    with convolutions(tf, slim):
        net = slim.conv2d(images, 10, 3, scope="conv1")
        net = slim.max_pool2d(net, [2, 2], stride=2, padding="SAME", scope="pool1")
        net = slim.conv2d(net, 16, 3, scope="conv2")
        net = slim.conv2d(net, 32, 3, scope="conv3")
        return {
            "faces": slim.conv2d(net, 2, 1, activation_fn=slim.softmax, scope="conv4_1"),
            "boxes": slim.conv2d(net, 4, 1, activation_fn=None, scope="conv4_2"),
            "landmarks": slim.conv2d(net, 10, 1, activation_fn=None, scope="conv4_3"),
        }


def rnet(tf, slim, images):
    """The same for images of 24 x 24 that PNet has found."""
    with convolutions(tf, slim):
        net = slim.conv2d(images, 28, 3, scope="conv1")
        net = slim.max_pool2d(net, 3, stride=2, padding="SAME", scope="pool1")
        net = slim.conv2d(net, 48, 3, scope="conv2")
        net = slim.max_pool2d(net, 3, stride=2, scope="pool2")
        net = slim.conv2d(net, 64, 2, scope="conv3")
        net = slim.fully_connected(slim.flatten(net), 128, scope="fc1")
        return {
            "faces": slim.fully_connected(net, 2, activation_fn=slim.softmax, scope="cls_fc"),
            "boxes": slim.fully_connected(net, 4, activation_fn=None, scope="bbox_fc"),
            "landmarks": slim.fully_connected(net, 10, activation_fn=None, scope="landmark_fc"),
        }


NETWORKS = {"pnet": ("PNet-18", pnet), "rnet": ("RNet-14", rnet)}
