"""The trainer of test_evaluation_follow.py: `python follow_trainer.py <folder> <count> <file>` saves checkpoints.

In each, every element of the variables is the global step. After every tenth it waits for the evaluator, which adds a
byte to `file` at each evaluation: however fast the machine is, there are some evaluations while it trains.
"""

import os
import sys
import time

from slim_torch import tf

VARIABLES = 12
SHAPE = [64, 64]


def made():
    """The variables, and the operation that sets them all to the next step."""
    step = tf.train.get_or_create_global_step()
    variables = [
        tf.get_variable(f"v{i}", SHAPE, initializer=tf.zeros_initializer()) for i in range(VARIABLES)
    ]
    with tf.control_dependencies([tf.assign_add(step, 1)]):
        value = tf.cast(step.read_value(), tf.float32)
        return variables, step, tf.group(*[v.assign(tf.fill(SHAPE, value)) for v in variables])


def wait_for(path, evaluations):
    limit = time.monotonic() + 60
    while not os.path.exists(path) or os.path.getsize(path) < evaluations:
        if time.monotonic() > limit:
            raise TimeoutError(f"there were no {evaluations} evaluations in a minute")
        time.sleep(0.01)


def main(folder, count, evaluated):
    _, step, train_op = made()
    saver = tf.train.Saver(max_to_keep=3)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for number in range(1, count + 1):
            session.run(train_op)
            saver.save(session, f"{folder}/model.ckpt", global_step=step)
            time.sleep(0.02)
            if number % 10 == 0 and number < count:
                wait_for(evaluated, number // 10)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
