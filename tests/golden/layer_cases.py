"""The table of layer cases, shared by the oracle (`make_layers.py`) and by `tests/layer_runner.py`.

`VALUES` are compared number by number, `ERRORS` must be refused; `layer_case_tools.py` says what a
case is. Runs under Python 3.7; imports neither TensorFlow nor PyTorch.
"""

import layer_cases_plain
import layer_cases_refused
import layer_cases_weights
from layer_case_tools import ERRORS, VALUES, resolve

__all__ = ["ERRORS", "VALUES", "resolve"]

layer_cases_weights.add()
layer_cases_plain.add()
layer_cases_refused.add()
