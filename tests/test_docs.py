"""The documentation's Python examples run, and its table of layers is complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

import slim_torch as slim
from slim_torch.graph import Graph

ROOT = Path(__file__).parents[1]


def blocks(page: str) -> list[str]:
    """The Python blocks of a page, without those that show TensorFlow's side."""
    found = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    return [block for block in found if "tensorflow" not in block]


def network(images: torch.Tensor, is_training: bool = True) -> torch.Tensor:
    net = slim.conv2d(images, 4, [3, 3], normalizer_fn=slim.batch_norm, scope="conv1")
    return slim.fully_connected(slim.flatten(net), 10, activation_fn=None, scope="logits")


@pytest.mark.parametrize(
    "page", ["README.md", "docs/porting.md", "docs/sessions.md", "docs/training.md", "docs/evaluation.md"]
)
def test_examples_of_the_page_run(page, tmp_path):
    torch.manual_seed(0)
    images, labels = torch.randn(4, 32, 32, 3), torch.randint(0, 10, (4,))
    given = {
        "batches": [images] * 2 if page == "docs/porting.md" else [(images, labels)] * 30,
        "images": images,
        "labels": labels,
        "logdir": tmp_path,
        "network": network,
        "test_images": images,
    }
    examples = blocks(page)
    assert examples
    with Graph().as_default():
        for example in examples:
            exec(example.replace('model.to("cuda")\n', ""), given)


def test_table_of_layers_names_every_layer():
    page = (ROOT / "docs" / "layers.md").read_text()
    missing = [name for name in slim.layers.__all__ if f"`{name}`" not in page]
    assert missing == []
