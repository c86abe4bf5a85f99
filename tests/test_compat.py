"""The import hook: what `import tensorflow` finds, what it refuses and how, and scripts that are run through it."""

import importlib
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import slim_torch as slim
from slim_torch import tf
from slim_torch.compat import facade, nest
from slim_torch.tf.missing import ADVICE

# Ways in which code of the time imports TensorFlow.
IMPORTS = """
import tensorflow as tf
import tensorflow.contrib.slim as slim
from tensorflow.contrib import slim
from tensorflow.contrib.slim import nets
from tensorflow.contrib.slim.nets import resnet_v1
from tensorflow.contrib.slim.python.slim.nets import resnet_v1, resnet_utils, vgg
from tensorflow.contrib.slim.python.slim.nets.resnet_v1 import resnet_v1_50
from tensorflow.contrib.slim.python.slim import evaluation, learning, model_analyzer, queues, summaries
from tensorflow.contrib.slim.python.slim.data import dataset, dataset_data_provider, tfexample_decoder
from tensorflow.contrib.slim.python.slim.data import data_decoder, parallel_reader, prefetch_queue
from tensorflow.contrib.framework import arg_scope, add_arg_scope
from tensorflow.contrib.framework.python.ops import variables, arg_scope, add_arg_scope
from tensorflow.contrib.framework.python.ops.variables import get_variables_to_restore
from tensorflow.contrib.layers.python.layers import initializers, layers, normalization, regularizers, utils
from tensorflow.contrib.layers.python.layers.layers import batch_norm
import tensorflow.contrib.layers as tcl
from tensorflow.contrib.layers import xavier_initializer
from tensorflow.contrib.metrics.python.ops import metric_ops
from tensorflow.contrib.losses.python.losses import loss_ops
from tensorflow.contrib.training import HParams
from tensorflow.contrib.training.python.training import evaluation, training
from tensorflow.python.framework import constant_op, dtypes, errors, errors_impl, ops, random_seed, tensor_shape
from tensorflow.python.framework import sparse_tensor, tensor_util, test_util
from tensorflow.python.framework.ops import get_default_graph
from tensorflow.python.ops import array_ops, check_ops, clip_ops, control_flow_ops, gradients_impl, init_ops
from tensorflow.python.ops import math_ops, metrics, nn, nn_ops, random_ops, state_ops, template, variable_scope
from tensorflow.python.ops import variables as variables_lib
from tensorflow.python.ops.losses import losses
from tensorflow.python.platform import app, flags, gfile, test, tf_logging
from tensorflow.python.training import adam, basic_session_run_hooks, checkpoint_management, gradient_descent
from tensorflow.python.training import momentum, monitored_session, moving_averages, saver, session_run_hook
from tensorflow.python.training import supervisor, training_util
from tensorflow.python.client import device_lib, session
from tensorflow.python.summary import summary
from tensorflow.python.layers import convolutional, core
from tensorflow.python import pywrap_tensorflow
from tensorflow.python.util import nest
from tensorflow.core.protobuf import config_pb2
from tensorflow.keras import backend as K
import tensorflow.compat.v1 as tf
from tensorflow.compat import v1
import tf_slim as slim
import tf_slim.layers
from tf_slim import evaluation, learning
from tf_slim.layers import layers, utils
from tf_slim.nets import resnet_v1
from tf_slim.ops import variables
from tf_slim.ops.arg_scope import arg_scope
from tf_slim.training import training
""".strip().splitlines()


def python(program, *arguments, **environment):
    """Runs a program in a process of its own."""
    return subprocess.run(
        [sys.executable, *arguments, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def hooked(program):
    done = python("import slim_torch.compat\nslim_torch.compat.install()\n" + textwrap.dedent(program))
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


# What is found


def test_modules_are_found_under_all_their_names():
    assert hooked("\n".join(IMPORTS) + "\nprint('all')") == ["all"]


def test_names_are_the_same_objects_everywhere():
    program = """
        import tensorflow as tf
        import slim_torch
        from slim_torch import tf as ours
        import tensorflow.contrib.slim as slim
        import tf_slim
        import tensorflow.contrib.layers as tcl
        from tensorflow.contrib.layers.python.layers import layers
        from tensorflow.python.ops import nn, array_ops, variable_scope
        import tensorflow.compat.v1 as v1
        for other in (slim, tf_slim, tcl, layers, tf.contrib.slim, tf.contrib.layers):
            assert other.conv2d is slim_torch.conv2d
        assert tf.nn.relu is nn.relu is ours.nn.relu is v1.nn.relu
        assert array_ops.reshape is tf.reshape is ours.reshape
        assert variable_scope.variable_scope is tf.variable_scope
        assert tf.GraphKeys is ours.GraphKeys
        print(tf.__version__, tf.VERSION, tf.float32)
    """
    assert hooked(program) == ["1.15.5 1.15.5 torch.float32"]


def test_modules_of_slim_torch_are_left_as_they_are():
    program = """
        import slim_torch, slim_torch.tf as ours
        before = [set(vars(m)) for m in (slim_torch.layers, ours.nn)]
        import tf_slim.layers.layers, tensorflow.contrib.slim.python.slim.nets.vgg, tensorflow.nn
        import tensorflow.contrib.layers.python.layers.utils
        tf_slim.layers.mine = 1
        print([set(vars(m)) for m in (slim_torch.layers, ours.nn)] == before, slim_torch.layers.__name__)
    """
    assert hooked(program) == ["True slim_torch.layers"]


def test_a_model_is_built_and_run():
    program = """
        import numpy as np
        import tensorflow as tf
        slim = tf.contrib.slim
        x = tf.placeholder(tf.float32, [None, 8, 8, 3])
        with slim.arg_scope([slim.conv2d], normalizer_fn=slim.batch_norm):
            net = slim.conv2d(x, 4, [3, 3], scope='conv')
        print(net.op.name, net.get_shape().as_list(), net.dtype.base_dtype.name)
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            print(sess.run(net, {x: np.zeros((2, 8, 8, 3))}).shape)
    """
    assert hooked(program) == ["conv/Relu [None, 8, 8, 4] float32", "(2, 8, 8, 4)"]


def test_importing_is_lazy():
    program = """
        import sys
        import tensorflow as tf, tensorflow.contrib.slim
        print([m for m in ('slim_torch.tf.nn', 'slim_torch.evaluation', 'slim_torch.tf.contrib.metrics') if m in sys.modules])
        tf.nn.relu
        print('slim_torch.tf.nn' in sys.modules)
    """
    assert hooked(program) == ["[]", "True"]


def test_every_module_of_the_table_has_its_sources():
    for name, sources in facade._modules().items():
        for source in sources:
            importlib.import_module(source)
        if not name.endswith("*"):
            assert facade.module_named(name).__name__ == name


# What is refused


MISSING = [
    ("import tensorflow.foo", "ModuleNotFoundError", "tensorflow.foo is not supp"),
    ("import tensorflow.keras.layers", "ModuleNotFoundError", "Use slim's layers"),
    (
        "from tensorflow.python.ops.array_ops import foo",
        "ModuleNotFoundError",
        "tensorflow.python.ops.array_ops.foo is not supported",
    ),
    ("from tensorflow import GradientTape", "ModuleNotFoundError", "use torch.autograd"),
    ("tf.stak", "AttributeError", "Did you mean stack"),
    ("tf.pack", "AttributeError", "use tf.stack"),
    ("tf.nn.reluu", "AttributeError", "Did you mean tf.nn.relu"),
    ("tf.contrib.slim.real_valued_column", "AttributeError", "feature columns"),
]


def test_what_is_missing_is_refused_with_what_to_do():
    program = f"""
        import tensorflow as tf
        for line in {[line for line, _, _ in MISSING]!r}:
            try:
                exec(line)
            except Exception as err:
                print(type(err).__name__, str(err).replace(chr(10), ' '))
    """
    found = hooked(program)
    assert len(found) == len(MISSING)
    for (line, kind, message), answer in zip(MISSING, found):
        assert answer.startswith(kind + " "), line
        assert message in answer, line


def test_code_that_tries_several_imports_goes_on():
    program = """
        try:
            from tensorflow import no_such_thing
        except ImportError:
            print('other way')
        import tensorflow
        print(hasattr(tensorflow, 'GradientTape'), hasattr(tensorflow.contrib.slim, 'conv2d'))
    """
    assert hooked(program) == ["other way", "False True"]


def test_the_real_tensorflow_is_not_displaced():
    program = """
        import sys, types
        sys.modules['tensorflow'] = types.ModuleType('tensorflow')
        import slim_torch.compat
        slim_torch.compat.install()
    """
    done = python(program)
    assert "RuntimeError: tensorflow has already been imported" in done.stderr
    assert hooked("import tensorflow; slim_torch.compat.install(); print(slim_torch.compat.installed())") == [
        "True"
    ]


def test_advice_is_given_only_for_names_that_are_missing():
    offered = []
    for path in ADVICE:
        value = tf
        try:
            for part in path.split(".")[1:]:
                value = getattr(value, part)
        except AttributeError:
            continue
        offered.append(path)
    assert offered == []


def test_the_list_of_names_in_the_documentation_is_current():
    docs = Path(__file__).parents[1] / "docs"
    sys.path.insert(0, str(docs))
    import make_tf_names

    current = (docs / "tf_names.md").read_text()
    assert current == make_tf_names.page(), "regenerate: python docs/make_tf_names.py"


def test_tf_without_the_hook_has_the_same_modules():
    assert tf.contrib.slim is slim
    assert tf.contrib.layers.conv2d is slim.conv2d
    assert tf.contrib.framework.arg_scope is slim.arg_scope
    assert tf.contrib.losses.log_loss is slim.losses.log_loss
    assert tf.contrib.metrics.streaming_mean is slim.metrics.streaming_mean
    assert tf.contrib.training.HParams(a=1).a == 1
    assert tf.compat.v1 is tf
    assert tf.compat.as_bytes(tf.compat.as_str(b"x")) == b"x"
    assert slim.ops.get_default_graph is tf.get_default_graph
    assert slim.queues.QueueRunners
    assert slim.data.dataset.Dataset is slim.dataset.Dataset


# Running scripts


def test_a_script_is_run_as_python_runs_it(tmp_path):
    (tmp_path / "helper.py").write_text("VALUE = 7\n")
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\n"
        "import tensorflow as tf\n"
        "from helper import VALUE\n"
        "tf.app.flags.DEFINE_integer('n', 1, '')\n"
        "def main(rest):\n"
        "    print(__name__, sys.argv[1:], rest[1:], tf.app.flags.FLAGS.n + VALUE, sys.path[0])\n"
        "    return 5\n"
        "if __name__ == '__main__':\n"
        "    tf.app.run()\n"
    )
    command = [sys.executable, "-m", "slim_torch", "run", str(script), "--n", "3", "more"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    expected = f"__main__ ['--n', '3', 'more'] ['more'] 10 {os.path.realpath(tmp_path)}"
    assert (done.returncode, done.stdout.strip()) == (5, expected), done.stderr


def test_a_module_is_run(tmp_path):
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "train.py").write_text(
        "import sys, tensorflow\nfrom package import other\nprint(__name__, sys.argv[1:], other.X)\n"
    )
    (tmp_path / "package" / "other.py").write_text("import tensorflow as tf\nX = tf.VERSION\n")
    command = [sys.executable, "-m", "slim_torch", "run", "-m", "package.train", "--x=1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "__main__ ['--x=1'] 1.15.5\n"), done.stderr


def test_a_scripts_error_is_shown_as_python_shows_it(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import tensorflow\nraise KeyError('mine')\n")
    done = subprocess.run(
        [sys.executable, "-m", "slim_torch", "run", str(script)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "KeyError: 'mine'"
    assert f'File "{script}", line 2' in done.stderr


@pytest.mark.parametrize("arguments", [["nothing.py"], ["-m"]])
def test_nothing_to_run_is_a_plain_error(arguments):
    command = [sys.executable, "-m", "slim_torch", "run", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


# Tests of TensorFlow's kind


def test_unit_tests_in_tensorflows_manner_run(tmp_path):
    script = tmp_path / "layers_test.py"
    script.write_text(
        textwrap.dedent("""
        from tensorflow.contrib.framework.python.ops import arg_scope
        from tensorflow.contrib.layers.python.layers import layers as _layers
        from tensorflow.python.framework import constant_op, dtypes, ops, test_util
        from tensorflow.python.ops import array_ops, random_ops, variables
        from tensorflow.python.platform import test

        class LayersTest(test.TestCase):
            @test_util.run_deprecated_v1
            def testConv(self):
                with self.cached_session() as sess:
                    images = random_ops.random_uniform((5, 7, 9, 3), seed=1)
                    output = _layers.conv2d(images, 32, [3, 3])
                    self.assertEqual(output.op.name, 'Conv/Relu')
                    self.assertListEqual(output.get_shape().as_list(), [5, 7, 9, 32])
                    sess.run(variables.global_variables_initializer())
                    self.assertAllEqual(output.eval().shape, (5, 7, 9, 32))

            def testScope(self):
                with ops.Graph().as_default() as g, self.session(graph=g):
                    with arg_scope([_layers.conv2d], padding='VALID'):
                        output = _layers.conv2d(array_ops.zeros((1, 5, 5, 2)), 4, 3)
                    self.assertEqual(output.get_shape(), [1, 3, 3, 4])

            @test_util.run_in_graph_and_eager_modes
            def testEvaluate(self):
                self.assertAllClose(self.evaluate(constant_op.constant([1.5], dtypes.float32)), [1.5])
                with self.assertRaisesRegexp(ValueError, 'data_format'):
                    _layers.conv2d(array_ops.zeros((1, 5, 5, 2)), 4, 3, data_format='CHWN')

            def testMock(self):
                with test.mock.patch.object(self, 'get_temp_dir', return_value='x'):
                    self.assertEqual(self.get_temp_dir(), 'x')

        if __name__ == '__main__':
            test.main()
        """)
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "slim_torch", "run", str(script)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"Ran [45] tests", done.stderr)


def test_nests_keep_named_tuples_and_the_order_of_dictionaries():
    made = nest.map_structure(lambda x: x + 1, {"b": 1, "a": [2]})
    assert made == {"a": [3], "b": 2}
    assert list(made) == ["b", "a"]


def test_dtypes_of_real_tensors_answer_too():
    import torch

    assert torch.zeros(1).dtype.base_dtype is torch.float32
    assert torch.zeros(1).dtype.as_numpy_dtype is np.float32
    compiled = torch.compile(lambda x: x.to(x.dtype.base_dtype) + 1, backend="eager", fullgraph=True)
    assert compiled(torch.zeros(2)).tolist() == [1.0, 1.0]
