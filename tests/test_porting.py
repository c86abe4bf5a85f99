"""`slim-torch port`: what is rewritten, what is reported, and that files are kept whole."""

import os
import stat
import textwrap

import pytest

from slim_torch.cli import main

libcst = pytest.importorskip("libcst")

from slim_torch.porting.rewrite import port  # noqa: E402


def ported(source):
    return port(textwrap.dedent(source)).code


def findings(source):
    return port(textwrap.dedent(source)).findings


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import tensorflow as tf", "from slim_torch import tf"),
        ("import tensorflow as T", "from slim_torch import tf as T"),
        ("import tensorflow", "from slim_torch import tf as tensorflow"),
        ("import tensorflow.contrib.slim", "from slim_torch import tf as tensorflow"),
        ("import tensorflow.compat.v1 as tf", "from slim_torch import tf"),
        ("from tensorflow.compat import v1 as tf", "from slim_torch import tf"),
        ("import tensorflow.contrib.slim as slim", "import slim_torch as slim"),
        ("from tensorflow.contrib import slim", "import slim_torch as slim"),
        ("from tensorflow.contrib import slim as sl", "import slim_torch as sl"),
        ("import tf_slim as slim", "import slim_torch as slim"),
        ("import tf_slim", "import slim_torch as tf_slim"),
        ("from tensorflow.contrib.slim import nets", "from slim_torch import nets"),
        ("from tensorflow.contrib.slim.nets import resnet_v1", "from slim_torch.nets import resnet_v1"),
        (
            "from tensorflow.contrib.slim.python.slim.nets.resnet_v1 import resnet_v1_50 as r, bottleneck",
            "from slim_torch.nets.resnet_v1 import resnet_v1_50 as r, bottleneck",
        ),
        ("import tensorflow.contrib.layers as tcl", "from slim_torch.tf.contrib import layers as tcl"),
        (
            "from tensorflow.contrib.framework import arg_scope, add_arg_scope",
            "from slim_torch.tf.contrib.framework import arg_scope, add_arg_scope",
        ),
        ("from tensorflow.contrib.layers.python.layers import utils", "from slim_torch import utils"),
        ("from tensorflow.python.ops import math_ops", "from slim_torch import tf as math_ops"),
        ("import os, tensorflow as tf, sys", "import os\nfrom slim_torch import tf\nimport sys"),
        (
            "from tensorflow.contrib import slim, layers",
            "import slim_torch as slim\nfrom slim_torch.tf.contrib import layers",
        ),
        ("from .tensorflow import slim", "from .tensorflow import slim"),
        ("import tensorflow_probability as tfp", "import tensorflow_probability as tfp"),
    ],
)
def test_imports(before, after):
    assert ported(before) == after


def test_what_stands_around_an_import_is_kept():
    source = """\
        #!/usr/bin/env python
        '''A model.'''
        from __future__ import print_function

        # The library.
        import tensorflow as tf  # one point four

        try:
            import tf_slim as slim   # new
        except ImportError:
            slim = tf.contrib.slim

        def f( x ):
          return slim.conv2d( x,8,3 )
        """
    expected = source.replace("import tensorflow as tf", "from slim_torch import tf").replace(
        "import tf_slim as slim", "import slim_torch as slim"
    )
    assert ported(source) == textwrap.dedent(expected)


def test_a_module_is_imported_from_where_its_used_names_are():
    # `get_default_graph` is in `tf`; `convert_n_to_tensor_or_indexed_slices` is not needed anywhere.
    code = ported(
        """\
        from tensorflow.python.framework import ops

        g = ops.get_default_graph()
        """
    )
    namespace = {}
    exec(compile(code, "ported", "exec"), namespace)
    assert type(namespace["g"]).__name__ == "Graph"


def test_names_from_before_tensorflow_1():
    source = (
        "import tensorflow as tf\nx = tf.pack([tf.mul(a, b), tf.sub(a, b)])\ntf.train.SummaryWriter('d')\n"
    )
    assert ported(source).splitlines()[1:] == [
        "x = tf.stack([tf.multiply(a, b), tf.subtract(a, b)])",
        "tf.summary.FileWriter('d')",
    ]
    # The name of something else.
    assert "other.pack" in ported("import other\nimport tensorflow as tf\nother.pack(tf.float32)\n")


def test_sizes_of_shapes_are_asked_of_get_shape():
    source = "import tensorflow as tf\nn = f(x).shape[-1].value * y.shape[0]  # sizes\nz.values[0].value\n"
    assert ported(source).splitlines()[1:] == [
        "n = f(x).get_shape()[-1].value * y.shape[0]  # sizes",
        "z.values[0].value",
    ]


def test_unsupported_names_are_reported_with_their_line():
    found = findings(
        """\
        import tensorflow as tf
        slim = tf.contrib.slim

        def f(x):
            slim.conv2d(x, 3, 3)
            slim.conv2e(x, 3, 3)
            tf.estimator.RunConfig()
            return tf.nn.relu(tf.float32)
        """
    )
    unsupported = [(item.line, item.text) for item in found if item.kind == "unsupported"]
    assert [line for line, _ in unsupported] == [6, 7]
    assert "conv2e" in unsupported[0][1]
    assert "slim.learning.train" in unsupported[1][1]


def test_an_import_of_what_is_not_there_stays():
    source = "from tensorflow.python.tools import freeze_graph\n"
    result = port(source)
    assert result.code == source
    assert [(item.line, item.kind) for item in result.findings] == [(1, "unsupported")]


def test_python_2_is_pointed_at(tmp_path, capsys):
    path = tmp_path / "old.py"
    source = "import tensorflow as tf\nfor i in xrange(3):\n    print 'step', i\n"
    path.write_text(source)
    assert main(["port", str(path), "--write"]) == 0
    assert path.read_text() == source
    printed = capsys.readouterr().out
    assert f"{path}:2: check: xrange" in printed
    assert f"{path}:3: check: print" in printed
    assert f"{path}:3: unsupported: not Python 3" in printed


def test_divisions_of_whole_numbers():
    lines = [
        (item.line, item.kind)
        for item in findings(
            """\
            h = x.get_shape()[1].value / 2
            n = len(names) / batch_size
            y = x / 2.0
            z = loss / 3
            # size / 2, and "size / 2" in a string
            """
        )
    ]
    assert lines == [(1, "check"), (2, "check")]
    assert not findings("from __future__ import division\nn = len(names) / 2\n")


def test_files_are_replaced_as_a_whole(tmp_path, capsys):
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "a.py").write_text("import tensorflow as tf\n")
    path = folder / "latin.py"
    source = "# -*- coding: latin-1 -*-\r\nimport tensorflow as tf\r\nname = 'é'\r\n"
    path.write_bytes(source.encode("latin-1"))
    path.chmod(0o755)
    assert main(["port", str(folder)]) == 0
    assert path.read_bytes() == source.encode("latin-1")
    shown = capsys.readouterr().out
    assert "-import tensorflow as tf" in shown
    assert "+from slim_torch import tf" in shown
    assert main(["port", str(folder), "--write"]) == 0
    expected = source.replace("import tensorflow as tf", "from slim_torch import tf")
    assert path.read_bytes() == expected.encode("latin-1")
    assert stat.S_IMODE(path.stat().st_mode) == 0o755
    assert os.listdir(folder) == [".git", "latin.py"] or sorted(os.listdir(folder)) == [".git", "latin.py"]
    assert (folder / ".git" / "a.py").read_text() == "import tensorflow as tf\n"
    assert main(["port", str(folder), "--write"]) == 0
    assert path.read_bytes() == expected.encode("latin-1")


def test_a_missing_file_is_an_error(tmp_path, capsys):
    assert main(["port", str(tmp_path / "none.py")]) == 2
    assert "none.py" in capsys.readouterr().err
