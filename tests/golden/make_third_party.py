"""Runs the models and scripts of `tests/third_party_style/` under TensorFlow 1.15.5; writes third_party.json.gz.

    TF_CPP_MIN_LOG_LEVEL=3 python tests/golden/make_third_party.py [NAME ...]

needs Python 3.7 with TensorFlow 1.15.5. Runs everything, or the models and scripts that are named and keeps the rest.
"""

import gzip
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(os.path.dirname(HERE), "third_party_style")
OUTPUT = os.path.join(HERE, "third_party.json.gz")

sys.path.insert(0, FOLDER)
from catalogue import MODELS, SCRIPTS, results  # noqa: E402


def models(names):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "models.json")
        subprocess.check_call([sys.executable, os.path.join(FOLDER, "run_models.py"), path] + names)
        with open(path) as file:
            facts = json.load(file)
    failed = {name: found["error"] for name, found in facts.items() if "error" in found}
    assert not failed, failed
    return facts


def script(name):
    with tempfile.TemporaryDirectory() as folder:
        arguments = [argument.format(folder=folder) for argument in SCRIPTS[name]]
        command = [sys.executable, os.path.join(FOLDER, "scripts", name + ".py")] + arguments
        return results(subprocess.check_output(command, universal_newlines=True))


def main():
    chosen = sys.argv[1:]
    facts = {"models": {}, "scripts": {}}
    if chosen:
        with gzip.open(OUTPUT, "rt") as file:
            facts = json.load(file)
    wanted = [name for name in MODELS if not chosen or name in chosen]
    if wanted:
        facts["models"].update(models(wanted))
    for name in SCRIPTS:
        if not chosen or name in chosen:
            facts["scripts"][name] = script(name)
    text = json.dumps(facts, sort_keys=True)
    with open(OUTPUT, "wb") as target, gzip.GzipFile("", "wb", 9, target, mtime=0) as file:
        file.write(text.encode())


if __name__ == "__main__":
    main()
