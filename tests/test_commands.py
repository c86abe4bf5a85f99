"""`slim-torch summarize`, `train`, `evaluate` and `classify`, on a zoo network and images made here."""

import re

import numpy as np
import pytest

from slim_torch import checkpoint, tf
from slim_torch.cli import main
from slim_torch.commands.images import RecordFiles, open_dataset
from slim_torch.commands.summarize import summarize

Image = pytest.importorskip("PIL.Image")

NETWORK = ["--model_name", "mobilenet_v1_025", "--batch_size", "8", "--num_preprocessing_threads", "0"]
COLOURS = {"blue": (30, 40, 200), "green": (20, 180, 60), "red": (210, 30, 30)}


@pytest.mark.parametrize(
    ("network", "parameters", "multiply_adds"),
    [
        # What the papers and torchvision give: 138.4 million and 15.5 billion, 4.2 and 569 million.
        ("vgg_16", 138_357_544, 15_470_264_320),
        ("mobilenet_v1", 4_231_976, 568_740_352),
    ],
)
def test_summaries_have_the_published_totals(network, parameters, multiply_adds):
    layers = summarize(network, 1000)
    assert sum(layer.parameters for layer in layers) == parameters
    assert sum(layer.multiply_adds for layer in layers) == multiply_adds


def test_the_table_of_a_network(capsys):
    assert main(["summarize", "lenet", "--num-classes", "10"]) == 0
    lines = capsys.readouterr().out.splitlines()
    # 5 * 5 * 1 * 32 weights and 32 biases; each weight meets each of 28 * 28 pixels.
    assert re.split(r"\s{2,}", lines[1]) == ["LeNet/conv1", "28x28x32", "832", "627,200"]
    assert lines[-1].startswith("total")
    assert main(["summarize", "lenet5"]) == 2


def make_folders(folder, count):
    random = np.random.RandomState(count)
    for name, colour in COLOURS.items():
        (folder / name).mkdir(parents=True)
        for i in range(count):
            pixels = np.clip(np.array(colour) + random.randint(-25, 25, (40, 36, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{i}.png")


@pytest.fixture
def folders(tmp_path):
    make_folders(tmp_path / "data" / "train", 8)
    make_folders(tmp_path / "data" / "validation", 4)
    return tmp_path / "data"


def test_training_evaluating_and_classifying(folders, tmp_path, capsys):
    steps = ["--train_image_size", "32", "--max_number_of_steps", "6", "--optimizer", "momentum"]
    rate = ["--learning_rate", "0.02", "--weight_decay", "0", "--learning_rate_decay_type", "fixed"]
    logdir = str(tmp_path / "train")
    common = ["--dataset_dir", str(folders), *NETWORK]
    assert main(["train", *common, *steps, *rate, "--train_dir", logdir]) == 0
    latest = checkpoint.latest_checkpoint(logdir)
    assert latest.endswith("model.ckpt-6")
    # So few steps teach nothing: what is asked of the evaluation is that it counts all images.
    evaluating = [
        "--checkpoint_path",
        logdir,
        "--eval_image_size",
        "32",
        "--eval_dir",
        str(tmp_path / "eval"),
    ]
    assert main(["evaluate", *common, *evaluating]) == 0
    printed = capsys.readouterr().out
    accuracy, recall = (float(value) for value in re.findall(r"\[([\d.]+)\]", printed)[-2:])
    assert abs(accuracy * 12 - round(accuracy * 12)) < 1e-4
    assert recall == 1  # There are three classes.
    image = str(folders / "validation" / "red" / "0.png")
    command = [
        "classify",
        image,
        "--network",
        "mobilenet_v1_025",
        "--checkpoint",
        logdir,
        "--image-size",
        "32",
    ]
    labels = tmp_path / "labels.txt"
    labels.write_text("0:blue\n1:green\n2:red\n")
    assert main([*command, "--labels", str(labels)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == image
    shown = [line.split() for line in lines[1:]]
    assert sorted(line[2] for line in shown) == sorted(COLOURS)
    assert abs(sum(float(line[0].rstrip("%")) for line in shown) - 100) < 0.05


def test_fine_tuning(folders, tmp_path):
    common = ["--dataset_dir", str(folders), *NETWORK, "--train_image_size", "32"]
    first, second = str(tmp_path / "first"), str(tmp_path / "second")
    together = ["--sync_replicas", "--replicas_to_aggregate", "2", "--clone_on_cpu"]
    assert main(["train", *common, *together, "--max_number_of_steps", "1", "--train_dir", first]) == 0
    tuning = ["--checkpoint_path", first, "--checkpoint_exclude_scopes", "MobilenetV1/Logits"]
    tuning += ["--trainable_scopes", "MobilenetV1/Logits", "--moving_average_decay", "0.5"]
    for steps in ("2", "3"):  # The second goes on from the first's checkpoint.
        command = ["train", *common, *tuning, "--max_number_of_steps", steps, "--train_dir", second]
        assert main(command) == 0
    before = checkpoint.load_checkpoint(checkpoint.latest_checkpoint(first))
    after = checkpoint.load_checkpoint(checkpoint.latest_checkpoint(second))
    frozen, trained = "MobilenetV1/Conv2d_0/weights", "MobilenetV1/Logits/Conv2d_1c_1x1/weights"
    np.testing.assert_array_equal(before.get_tensor(frozen), after.get_tensor(frozen))
    assert not np.array_equal(before.get_tensor(trained), after.get_tensor(trained))
    assert after.has_tensor(f"{trained}/ExponentialMovingAverage")
    evaluating = ["--checkpoint_path", second, "--eval_image_size", "32", "--moving_average_decay", "0.5"]
    assert main(["evaluate", "--dataset_dir", str(folders), *NETWORK, *evaluating]) == 0


def test_records(tmp_path):
    pixels = np.full([4, 5, 3], 7, np.uint8)
    Image.fromarray(pixels).save(tmp_path / "image.png")
    contents = (tmp_path / "image.png").read_bytes()
    for shard in range(2):
        with tf.python_io.TFRecordWriter(str(tmp_path / f"x_train_{shard}.tfrecord")) as writer:
            for label in range(shard + 2):
                feature = {
                    "image/encoded": tf.train.Feature(bytes_list=tf.train.BytesList(value=[contents])),
                    "image/class/label": tf.train.Feature(int64_list=tf.train.Int64List(value=[label + 1])),
                }
                example = tf.train.Example(features=tf.train.Features(feature=feature))
                writer.write(example.SerializeToString())
    examples, classes = open_dataset(str(tmp_path), "train", labels_offset=1)
    assert isinstance(examples, RecordFiles)
    assert classes == 3
    assert [examples[i] for i in (0, 4)] == [(contents, 1), (contents, 3)]
    (tmp_path / "labels.txt").write_text("0:none\n1:a\n2:b\n3:c\n")
    assert open_dataset(str(tmp_path), "train", labels_offset=0)[1] == 4
    with pytest.raises(ValueError, match="neither TFRecords"):
        open_dataset(str(tmp_path), "test", 0)


def test_errors_are_one_line(tmp_path, capsys, folders):
    assert main(["train", "--dataset_dir", str(tmp_path / "none")]) == 2
    assert "there is no folder" in capsys.readouterr().err
    command = ["train", "--dataset_dir", str(folders), *NETWORK, "--train_image_size", "32"]
    assert main([*command, "--trainable_scopes", "Nowhere", "--train_dir", str(tmp_path / "a")]) == 2
    assert "--trainable_scopes" in capsys.readouterr().err
    assert main([*command, "--num_clones", "2"]) == 2
    assert "torchrun" in capsys.readouterr().err
    empty = str(tmp_path / "empty")
    assert main(["evaluate", "--dataset_dir", str(folders), *NETWORK, "--checkpoint_path", empty]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
