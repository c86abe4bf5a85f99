"""The models and scripts of this folder, and what scripts print; for whoever runs them on either side."""

MODELS = (
    "ssd",
    "frcnn",
    "monodepth",
    "facenet",
    "deeplab",
    "east",
    "pix2pix",
    "pose",
    "siamese",
    "mobile",
    "attention_ocr",
    "stn",
)

# The arguments of each script; `{folder}` is an empty folder of its own.
SCRIPTS = {
    "train_classifier": ["--train_dir={folder}/train", "--learning_rate", "0.05"],
    "gan": ["--gpus", "0"],
    "records": ["{folder}"],
    "finetune": ["--dir={folder}"],
    "demo": ["{folder}"],
    "towers": ["{folder}"],
}


def results(text):
    """What a script reports: lists of words, the first of which says what it is."""
    return [line.split()[1:] for line in text.splitlines() if line.startswith("RESULT ")]
