"""A stranger's trained face detector, restored from TensorFlow's checkpoints, against TensorFlow's outputs.

The checkpoints and images are not part of the repository (`golden/mtcnn_inputs.py` says where they are looked
for), so the test is skipped without them. TensorFlow's answers are in `golden/mtcnn.npz`.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import slim_torch as slim
from slim_torch import checkpoint, tf
from slim_torch.graph import Graph

sys.path.insert(0, str(Path(__file__).parent / "golden"))

import mtcnn_inputs
import mtcnn_networks

GOLDEN = Path(__file__).parent / "golden" / "mtcnn.npz"
FOLDER = mtcnn_inputs.FOLDER

pytestmark = pytest.mark.skipif(
    not all(os.path.isfile(os.path.join(FOLDER, name)) for name in (*mtcnn_inputs.IMAGES, "PNet-18.index")),
    reason=f"the face detector's files are not in {os.path.normpath(FOLDER)}; MTCNN_FOLDER may say where",
)


@pytest.mark.parametrize("image", mtcnn_inputs.IMAGES)
@pytest.mark.parametrize("network", mtcnn_networks.NETWORKS)
def test_outputs_are_those_of_tensorflow(network, image):
    pytest.importorskip("PIL", reason="decoding the images needs pillow")
    name, function = mtcnn_networks.NETWORKS[network]
    inputs = mtcnn_inputs.inputs(mtcnn_inputs.image(FOLDER, image))[network]
    with np.load(GOLDEN) as golden:
        key = f"{network}/{image}/"
        expected = {k.removeprefix(key): golden[k] for k in golden.files if k.startswith(key)}
    if mtcnn_inputs.sha256(inputs) != str(expected.pop("sha256")):
        pytest.skip("this version of pillow decodes the image to other pixels than TensorFlow was given")
    with Graph().as_default() as graph, torch.no_grad():
        with graph.step():
            function(tf, slim, torch.zeros(1, *inputs.shape[1:]))
        slim.assign_from_checkpoint_fn(os.path.join(FOLDER, name), slim.get_variables())()
        with graph.step():
            outputs = function(tf, slim, torch.from_numpy(inputs))
    assert outputs.keys() == expected.keys()
    for output, value in outputs.items():
        assert value.shape == expected[output].shape
        np.testing.assert_allclose(value.numpy(), expected[output], rtol=0, atol=1e-4, err_msg=output)


@pytest.mark.parametrize("network", mtcnn_networks.NETWORKS)
def test_variables_of_the_network_are_those_of_the_checkpoint(network):
    name, function = mtcnn_networks.NETWORKS[network]
    reader = checkpoint.load_checkpoint(os.path.join(FOLDER, name))
    with Graph().as_default():
        function(tf, slim, torch.zeros(1, 24, 24, 3))
        variables = {v.op.name: list(v.shape) for v in slim.get_variables()}
    slots = checkpoint.optimizer_slots(reader)
    shapes = reader.get_variable_to_shape_map()
    # The stranger's counter is called 'Variable'.
    assert variables == {n: shapes[n] for n in shapes if not n.endswith("/Momentum") and n != "Variable"}
    assert slots == {n: {"Momentum": f"{n}/Momentum"} for n in variables}


def test_the_detectors_script_runs_through_the_import_hook(tmp_path):
    pytest.importorskip("PIL", reason="decoding the images needs pillow")
    script = Path(__file__).parent / "third_party_style" / "mtcnn_demo.py"
    output = tmp_path / "found.npz"
    command = [sys.executable, "-m", "slim_torch", "run", str(script), FOLDER, str(output)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with np.load(GOLDEN) as golden, np.load(output) as found:
        hashes = [key for key in golden.files if key.endswith("/sha256")]
        if any(str(golden[key]) != str(found[key]) for key in hashes):
            pytest.skip("this version of pillow decodes the image to other pixels than TensorFlow was given")
        assert set(found.files) == set(golden.files)
        for key in set(golden.files) - set(hashes):
            np.testing.assert_allclose(found[key], golden[key], rtol=0, atol=1e-4, err_msg=key)
