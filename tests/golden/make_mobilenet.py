"""Asks TensorFlow 1.15.5 about the MobileNets; writes mobilenet.json.gz and mobilenet.npz.

Run: python3.7 make_mobilenet.py    (in tests/golden, with TensorFlow 1.15.5; see make_nets.py)
"""

import make_nets
from mobilenet_programs import REGISTRY

make_nets.programs = REGISTRY

if __name__ == "__main__":
    make_nets.main()
