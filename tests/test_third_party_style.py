"""Models and scripts as strangers write them run as they are, through the import hook, and give TensorFlow's numbers.

So do they when the porting tool has rewritten their imports, without the hook.

They are in `third_party_style/`, in the manner of repositories of 2016 to 2020, and import `tensorflow`; TensorFlow's
answers are in `golden/third_party.json.gz`. Names, static shapes and integers must be equal; numbers with a fraction
agree within 1e-4 of the largest magnitude, as they come out of whole networks.
"""

import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from slim_torch.cli import main

HERE = Path(__file__).parent
FOLDER = HERE / "third_party_style"
REGENERATE = "TF_CPP_MIN_LOG_LEVEL=3 python3.7 tests/golden/make_third_party.py (needs TensorFlow 1.15.5)"
TOLERANCE = 1e-4

sys.path.insert(0, str(FOLDER))

import catalogue  # noqa: E402

EXPECTED = json.loads(gzip.decompress((HERE / "golden" / "third_party.json.gz").read_bytes()))


def through_the_hook(*command):
    return run("-m", "slim_torch", "run", *command)


def run(*command):
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def ported(tmp_path_factory):
    """The files, rewritten."""
    pytest.importorskip("libcst")
    folder = tmp_path_factory.mktemp("ported") / "files"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    assert main(["port", str(folder), "--write"]) == 0
    return folder


@pytest.fixture(scope="module", params=["hook", "ported"])
def models(request, tmp_path_factory):
    """What all the models give here: one process builds them all."""
    path = tmp_path_factory.mktemp("models") / "models.json"
    if request.param == "hook":
        through_the_hook(FOLDER / "run_models.py", path)
    else:
        run(request.getfixturevalue("ported") / "run_models.py", path)
    return json.loads(path.read_text())


@pytest.mark.parametrize("model", catalogue.MODELS)
def test_model_file_gives_tensorflows_names_and_numbers(model, models):
    found, expected = models[model], EXPECTED["models"][model]
    assert "error" not in found, found["error"]
    assert found.keys() == expected.keys()
    for what in expected.keys() - {"values"}:
        assert found[what] == expected[what], what
    for name, (shape, dtype, numbers) in expected["values"].items():
        assert found["values"][name][:2] == [shape, dtype], name
        scale = np.abs(numbers).max(initial=0.0)
        exact = not dtype.startswith("float")
        np.testing.assert_allclose(
            found["values"][name][2], numbers, rtol=0, atol=0 if exact else TOLERANCE * scale, err_msg=name
        )


@pytest.mark.parametrize("script", catalogue.SCRIPTS)
def test_script_reports_what_it_reports_with_tensorflow(script, tmp_path):
    arguments = [argument.format(folder=tmp_path) for argument in catalogue.SCRIPTS[script]]
    check_script(script, through_the_hook(FOLDER / "scripts" / f"{script}.py", *arguments))


@pytest.mark.parametrize("script", ["demo", "train_classifier"])
def test_ported_script_reports_what_it_reports_with_tensorflow(script, tmp_path, ported):
    arguments = [argument.format(folder=tmp_path) for argument in catalogue.SCRIPTS[script]]
    check_script(script, run(ported / "scripts" / f"{script}.py", *arguments))


def check_script(script, output):
    found = catalogue.results(output)
    expected = EXPECTED["scripts"][script]
    assert [words[0] for words in found] == [words[0] for words in expected]
    for ours, theirs in zip(found, expected):
        assert len(ours) == len(theirs), theirs
        assert all(map(agree, ours, theirs)), (ours, theirs)


def agree(word, expected):
    """Words are equal; numbers with a fraction agree."""
    if "." in expected and expected.replace(".", "").replace("-", "").replace("e", "").isdigit():
        return abs(float(word) - float(expected)) <= TOLERANCE * max(abs(float(expected)), 1.0)
    return word == expected


def test_every_recorded_program_still_exists():
    assert set(EXPECTED["models"]) == set(catalogue.MODELS), f"regenerate: {REGENERATE}"
    assert set(EXPECTED["scripts"]) == set(catalogue.SCRIPTS), f"regenerate: {REGENERATE}"
    files = {path.stem for path in (FOLDER / "scripts").glob("*.py")} - {"common"}
    assert files == set(catalogue.SCRIPTS)
