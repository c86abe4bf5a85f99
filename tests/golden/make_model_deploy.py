"""Has TensorFlow 1.15.5 run slim_torch's model_deploy; writes model_deploy.json.

Run: python3.7 make_model_deploy.py    (in tests/golden, with TensorFlow 1.15.5)

TensorFlow itself has no model_deploy. The module here uses nothing but TensorFlow's functions, so with
TensorFlow in the place of slim_torch it says what those functions make of it: names, collections and numbers.
"""

import json
import os
import types

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import model_deploy_programs as programs
import tensorflow as tf

tf.logging.set_verbosity(tf.logging.ERROR)
slim = tf.contrib.slim

SOURCE = os.path.join("..", "..", "slim_torch", "deployment", "model_deploy.py")
REPLACED = {
    "import slim_torch as slim\n": "",
    "from slim_torch import tf\n": "",
    "from slim_torch.recording import recording_graph\n": "",
    "from slim_torch.train_ops import averaged_over_processes\n": "",
    "slim.summaries.add_gradients_summaries": "slim.learning.add_gradients_summaries",
}


def model_deploy():
    with open(SOURCE) as file:
        source = file.read()
    for old, new in REPLACED.items():
        assert old in source, old
        source = source.replace(old, new)
    module = types.ModuleType("model_deploy")
    module.tf, module.slim = tf, slim
    module.recording_graph = tf.get_default_graph
    module.averaged_over_processes = lambda loss, pairs, optimizer: (loss, pairs)
    __import__("sys").modules["model_deploy"] = module
    exec(compile(source, SOURCE, "exec"), module.__dict__)
    return module


def main():
    deploy = model_deploy()
    facts = {}
    for name, function in programs.PROGRAMS.items():
        with tf.Graph().as_default():
            facts[name] = function(tf, slim, deploy)
    with open("model_deploy.json", "w") as file:
        json.dump(facts, file, separators=(",", ":"), sort_keys=True)
        file.write("\n")


main()
