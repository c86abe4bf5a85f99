"""What all tests share."""

import torch

# Tensors are small here: a second thread costs more than it gives, most of all on a busy machine.
torch.set_num_threads(1)
