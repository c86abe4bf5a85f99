"""Writes docs/tf_names.md: the names of `tf`, module by module, read from the code.

    python docs/make_tf_names.py

`tests/test_compat.py` checks that the file is current.
"""

import importlib
import textwrap
import types
from pathlib import Path

MODULES = [
    "tf",
    "tf.nn",
    "tf.image",
    "tf.math",
    "tf.train",
    "tf.summary",
    "tf.losses",
    "tf.metrics",
    "tf.layers",
    "tf.initializers",
    "tf.random",
    "tf.linalg",
    "tf.bitwise",
    "tf.strings",
    "tf.sparse",
    "tf.sets",
    "tf.data",
    "tf.io",
    "tf.python_io",
    "tf.gfile",
    "tf.dtypes",
    "tf.debugging",
    "tf.errors",
    "tf.logging",
    "tf.flags",
    "tf.app",
    "tf.test",
    "tf.compat",
    "tf.manip",
    "tf.queue",
    "tf.resource_loader",
    "tf.keras",
    "tf.keras.backend",
    "tf.keras.initializers",
    "tf.keras.regularizers",
    "tf.contrib",
    "tf.contrib.layers",
    "tf.contrib.framework",
    "tf.contrib.metrics",
    "tf.contrib.losses",
    "tf.contrib.training",
    "tf.contrib.lookup",
    "tf.contrib.opt",
    "tf.contrib.util",
]

HEADING = """\
# The names of `tf`

What `from slim_torch import tf` offers, and `import tensorflow as tf` with the
[import hook](porting.md). Made from the code by `python docs/make_tf_names.py`. `tf.contrib.slim` is slim_torch
itself. A name that is missing raises an AttributeError that says what there is instead.
"""

FOOTING = """\
## Not supported

Some names that code for TensorFlow uses, and what is there instead.

| name | instead |
|---|---|
"""


def module(path):
    """The module of a path such as `tf.nn`: most are modules below `slim_torch.tf`, some are elsewhere."""
    found = importlib.import_module("slim_torch.tf")
    for part in path.split(".")[1:]:
        found = getattr(found, part)
    return found


def page():
    """The text of the file."""
    from slim_torch.tf.missing import ADVICE

    parts = [HEADING]
    for path in MODULES:
        owner = module(path)
        names = [name for name in owner.__all__ if not name.startswith("_")]
        modules = [name for name in names if isinstance(getattr(owner, name), types.ModuleType)]
        plain = [name for name in names if name not in modules]
        parts.append(f"## `{path}`: {len(plain)} names\n")
        parts.append(
            textwrap.fill(", ".join(f"`{name}`" for name in plain), 110, break_on_hyphens=False) + "\n"
        )
        if modules and path in ("tf", "tf.contrib", "tf.keras"):
            parts.append("Modules: " + ", ".join(f"`{name}`" for name in modules) + "\n")
    rows = [f"| `{name}` | {advice.rstrip('.')} |" for name, advice in sorted(ADVICE.items())]
    return "\n".join(parts) + "\n" + FOOTING + "\n".join(rows) + "\n"


if __name__ == "__main__":
    (Path(__file__).parent / "tf_names.md").write_text(page())
