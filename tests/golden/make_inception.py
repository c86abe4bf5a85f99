"""Asks TensorFlow 1.15.5 about the Inception networks; writes inception.json.gz and inception.npz.

Run: python3.7 make_inception.py    (in tests/golden, with TensorFlow 1.15.5; see make_nets.py)
"""

import make_nets
from inception_programs import REGISTRY

make_nets.programs = REGISTRY

if __name__ == "__main__":
    make_nets.main()
