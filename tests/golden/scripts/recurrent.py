"""A recurrent network unrolled by hand: shared variables, gradients through time, clipping by global norm."""

import numpy as np


def main(tf, slim, kit):
    num_steps, num_units, batch_size = 5, 6, 3

    def cell(inputs, state):
        gates = slim.fully_connected(
            tf.concat([inputs, state], 1), 2 * num_units, activation_fn=tf.nn.sigmoid, scope="gates"
        )
        reset, update = tf.split(gates, 2, axis=1)
        candidate = slim.fully_connected(
            tf.concat([inputs, reset * state], 1), num_units, activation_fn=tf.nn.tanh, scope="candidate"
        )
        return update * state + (1 - update) * candidate

    inputs = tf.placeholder(tf.float32, [None, num_steps, 4], name="inputs")
    targets = tf.placeholder(tf.float32, [None, num_steps, 2], name="targets")
    initial_state = tf.zeros(tf.stack([tf.shape(inputs)[0], num_units]), name="initial_state")

    state = initial_state
    outputs = []
    with tf.variable_scope("rnn"):
        for time_step in range(num_steps):
            if time_step > 0:
                tf.get_variable_scope().reuse_variables()
            state = cell(inputs[:, time_step, :], state)
            outputs.append(state)
    final_state = tf.identity(state, name="final_state")

    predictions = []
    for time_step, output in enumerate(outputs):
        with tf.variable_scope("output", reuse=time_step > 0):
            predictions.append(slim.fully_connected(output, 2, activation_fn=None, scope="linear"))
    prediction = tf.stack(predictions, axis=1, name="prediction")
    loss = tf.reduce_mean(tf.reduce_sum(tf.squared_difference(prediction, targets), [1, 2]), name="loss")

    tvars = tf.trainable_variables()
    grads, norm = tf.clip_by_global_norm(tf.gradients(loss, tvars), 1.0)
    rate = tf.Variable(0.5, trainable=False, name="learning_rate")
    new_rate = tf.placeholder(tf.float32, shape=[], name="new_learning_rate")
    update_rate = tf.assign(rate, new_rate)
    optimizer = tf.train.GradientDescentOptimizer(rate)
    train_op = optimizer.apply_gradients(zip(grads, tvars), global_step=tf.train.get_or_create_global_step())

    kit.names(
        initial_state=initial_state,
        outputs=outputs,
        final_state=final_state,
        predictions=predictions,
        prediction=prediction,
        loss=loss,
        norm=norm,
        grads=grads,
        update_rate=update_rate,
        train_op=train_op,
    )
    kit.collections()

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        kit.weights(sess)
        for epoch in range(2):
            kit.value(f"rate/{epoch}", sess.run(update_rate, feed_dict={new_rate: 0.5 * 0.5**epoch}))
            carried = np.zeros([batch_size, num_units], np.float32)
            for batch in range(3):
                feed_dict = {
                    inputs: kit.feed(f"inputs{batch}", [batch_size, num_steps, 4]),
                    targets: kit.feed(f"targets{batch}", [batch_size, num_steps, 2]),
                    initial_state: carried,
                }
                fetches = {"loss": loss, "state": final_state, "norm": norm, "train": train_op}
                vals = sess.run(fetches, feed_dict)
                carried = vals["state"]
                kit.value(f"step/{epoch}/{batch}", {key: vals[key] for key in ("loss", "state", "norm")})
        kit.variables("trained", sess, tvars)
        kit.value("one", sess.run(prediction, {inputs: kit.feed("one", [1, num_steps, 4])}))
        kit.value("gradients", sess.run(grads, feed_dict))
