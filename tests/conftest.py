"""What all tests share."""

import pytest
import torch

# Tensors are small here: a second thread costs more than it gives, most of all on a busy machine.
torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _seeded():
    """No test depends on which ones ran before it."""
    torch.manual_seed(0)
