"""Writes tests/golden/saver.json: what the programs of saver_programs.py answer under TensorFlow 1.15.5.

Run with the Python of the oracle (TensorFlow 1.15.5):

    python tests/golden/make_saver.py
"""

import contextlib
import json
import os
import shutil
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import saver_programs
import tensorflow as tf
from tensorflow.contrib import slim

HERE = os.path.dirname(os.path.abspath(__file__))
tf.logging.set_verbosity(tf.logging.FATAL)


class Kit:
    """TensorFlow's side: sessions, and checkpoints of an index and a data file."""

    def __init__(self, folder):
        self.folder = folder

    def path(self, *parts):
        full = os.path.join(self.folder, *parts)
        if parts[0] == "written" and len(parts) > 1:
            os.makedirs(os.path.dirname(full), exist_ok=True)
        return full

    @contextlib.contextmanager
    def session(self):
        with tf.Session() as session:
            session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
            yield session

    def get(self, session, variable):
        return session.run(variable).tolist()

    def set(self, session, variable, value):
        variable.load(value, session)

    def assign(self, session, pair):
        session.run(*pair)
        return sorted(array.tolist() for array in pair[1].values())

    def relative(self, path):
        return os.path.relpath(path, self.folder)

    def files(self):
        names = {name.split(".data-")[0] for name in os.listdir(self.folder) if not name.endswith(".meta")}
        return sorted({name[: -len(".index")] if name.endswith(".index") else name for name in names})

    def text(self, name="checkpoint"):
        with open(os.path.join(self.folder, name)) as file:
            return file.read()

    def state(self, name="checkpoint"):
        """The state file without its times, with FOLDER for the folder."""
        lines = self.text(name).replace(self.folder + os.sep, "FOLDER/").splitlines()
        return [line for line in lines if "timestamp" not in line]


def answer(key, entry):
    folder = tempfile.mkdtemp()
    try:
        with tf.Graph().as_default():
            result = saver_programs.run(entry, tf, slim, Kit(folder))
    finally:
        shutil.rmtree(folder)
    raised = isinstance(result, dict) and "error" in result
    if not raised:
        assert entry.words is None, f"{key}: declares words, but returned {result}"
        return result
    assert entry.words is not None, "{}: raised {error}: {message}".format(key, **result)
    missing = [word for word in entry.words if word not in result["message"]]
    assert not missing, "{}: {error}: words {} are not in {message!r}".format(key, missing, **result)
    return {"error": result["error"], "words": list(entry.words)}


def main():
    answers, failures = {}, []
    for key, entry in saver_programs.PROGRAMS.items():
        try:
            answers[key] = answer(key, entry)
        except AssertionError as err:
            failures.append(str(err))
    if failures:
        sys.exit("\n".join(failures))
    with open(os.path.join(HERE, "saver.json"), "w") as output:
        json.dump(answers, output, indent=1, sort_keys=True)
        output.write("\n")
    print(f"{len(answers)} programs")


if __name__ == "__main__":
    main()
