"""`python -m collectibles` is the command line."""

import sys

from collectibles.cli import main

sys.exit(main())
