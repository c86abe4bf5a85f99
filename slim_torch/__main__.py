"""`python -m slim_torch` is the command `slim-torch`."""

import sys

from slim_torch.cli import main

if __name__ == "__main__":
    sys.exit(main())
