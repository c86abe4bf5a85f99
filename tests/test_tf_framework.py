"""The tools of scripts below `tf`: the facts of TensorFlow 1.15.5 (`golden/make_tf_misc.py`), and more."""

import logging
import subprocess
import sys

import numpy as np
import pytest
import torch
from tf_misc_runner import check_program, programs

from slim_torch import lookup, tf
from slim_torch.graph import Graph


@pytest.fixture
def graph():
    with Graph().as_default() as graph:
        yield graph


@pytest.mark.parametrize("key", programs("strings") + programs("framework") + programs("names"))
def test_programs_agree_with_tensorflow(key):
    check_program(key)


# Strings


def test_strings_inside_a_step(graph):
    with graph.step():
        assert tf.string_join(["a", ["b", "c"]], "-").tolist() == [b"a-b", b"a-c"]
        assert tf.string_to_number(["1.5", "2"]).tolist() == [1.5, 2.0]
        assert tf.as_string(torch.tensor([1, 2])).tolist() == [b"1", b"2"]
        split = tf.string_split(["a b", "c"])
        assert split.values.tolist() == [b"a", b"b", b"c"]
        assert split.dense_shape.tolist() == [2, 2]


# Templates


def test_a_template_shares_its_variables_in_every_step(graph):
    template = tf.make_template(
        "my", lambda x: x * tf.get_variable("w", [], initializer=tf.ones_initializer())
    )
    for _ in range(2):
        with graph.step():
            assert (template(2.0) + template(3.0)).item() == 5.0
    assert [v.op.name for v in tf.global_variables()] == ["my/w"]


# Lookup


def test_lookup_tables(graph):
    table = lookup.index_table_from_tensor(["a", "b", "c"], default_value=-7)
    words = tf.placeholder(tf.string, [None])
    found, back = table.lookup(words), lookup.index_to_string_table_from_tensor(["a", "b"])
    with tf.Session() as session:
        session.run(tf.tables_initializer())
        assert session.run(found, {words: ["b", "z"]}).tolist() == [1, -7]
        assert session.run(back.lookup(tf.constant([1, 9], tf.int64))).tolist() == [b"b", b"UNK"]
        assert session.run(table.size()) == 3
    with pytest.raises(TypeError, match="Signature mismatch"):
        table.lookup(tf.constant([1]))


def test_words_out_of_the_vocabulary_get_numbers_of_their_own(graph):
    with graph.step():
        table = lookup.index_table_from_tensor(["a", "b"], num_oov_buckets=3)
        found = table.lookup(tf.constant(["b", "x", "y", "x"])).tolist()
        assert found[0] == 1
        assert all(2 <= place < 5 for place in found[1:])
        assert found[1] == found[3]
        assert int(table.size()) == 5


def test_a_vocabulary_of_a_file(graph, tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("a\nb\nc\n")
    with graph.step():
        assert lookup.index_table_from_file(path, vocab_size=2).lookup(tf.constant(["b", "c"])).tolist() == [
            1,
            -1,
        ]


# Logging


def test_messages_go_to_stderr_where_no_logging_is_set_up():
    script = (
        "from slim_torch import tf\n"
        "tf.logging.info('hidden')\n"
        "tf.logging.set_verbosity(tf.logging.INFO)\n"
        "tf.logging.info('step %d', 3)\n"
        "for i in range(5): tf.logging.log_first_n(tf.logging.INFO, 'first %d', 2, i)\n"
        "for i in range(5): tf.logging.log_every_n(tf.logging.INFO, 'every %d', 2, i)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    lines = [line.removeprefix("INFO:slim_torch:") for line in done.stderr.splitlines()]
    assert lines == ["step 3", "first 0", "first 1", "every 0", "every 2", "every 4"]


def test_messages_go_where_the_application_wants_them(caplog):
    with caplog.at_level(logging.INFO, logger="slim_torch"):
        tf.logging.warn("careful: %s", "x")
    assert caplog.messages == ["careful: x"]


# Starting


def test_a_script_with_flags_runs():
    script = (
        "import sys\n"
        "from slim_torch import tf\n"
        "flags = tf.app.flags\n"
        "flags.DEFINE_string('name', 'nobody', 'Who.')\n"
        "flags.DEFINE_boolean('loud', False, 'How.')\n"
        "FLAGS = flags.FLAGS\n"
        "def main(rest):\n"
        "    print(FLAGS.name, FLAGS.loud, rest[1:])\n"
        "    return 3\n"
        "if __name__ == '__main__':\n"
        "    tf.app.run()\n"
    )
    command = [sys.executable, "-c", script, "--name=me", "--loud", "more", "--other=1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.split("\n")[0] == "me True ['more', '--other=1']"
    assert done.returncode == 3
    helped = subprocess.run([*command, "--help"], capture_output=True, text=True, check=False)
    assert "--[no]loud: How." in helped.stdout
    wrong = subprocess.run([*command[:3], "--loud=perhaps"], capture_output=True, text=True, check=False)
    assert "--loud=perhaps" in wrong.stderr
    assert wrong.returncode == 1


def test_flags_are_read_when_one_is_asked_for(monkeypatch):
    flags = tf.flags.FlagValues()
    tf.flags.DEFINE_integer("count", 1, "How many.", flag_values=flags)
    monkeypatch.setattr(sys, "argv", ["script", "--count=5"])
    assert not flags.is_parsed()
    assert flags.count == 5
    assert flags.flag_values_dict() == {"count": 5}


def test_a_flag_is_defined_once():
    flags = tf.flags.FlagValues()
    tf.flags.DEFINE_integer("count", 1, "How many.", flag_values=flags)
    with pytest.raises(tf.flags.DuplicateFlagError, match="count"):
        tf.flags.DEFINE_string("count", "", "Again.", flag_values=flags)


def test_importing_tf_stays_light():
    script = (
        "import sys, torch\n"
        "before = set(sys.modules)\n"
        "from slim_torch import tf\n"
        "print(sorted({name.split('.')[0] for name in set(sys.modules) - before}))\n"
        "print([name for name in ('torch.fx', 'torch._dynamo') if name in set(sys.modules) - before])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1] == "[]"


# Tests


class TestWithTestCase(tf.test.TestCase):
    """A test case as scripts have them."""

    def test_a_session_of_the_test(self):
        with self.test_session():
            self.assertAllClose(tf.constant([1.0, 2.0]).eval(), np.array([1.0, 2.0 + 1e-7]))
            self.assertAllEqual(tf.constant([1, 2]), [1, 2])

    def test_each_begins_with_an_empty_graph(self):
        assert tf.global_variables() == []
        tf.get_variable("w", [2])
        assert len(tf.global_variables()) == 1


def test_whether_there_is_a_gpu():
    assert tf.test.is_gpu_available() == torch.cuda.is_available()
    assert bool(tf.test.gpu_device_name()) == torch.cuda.is_available()
