"""`python -m leadline` is the command."""

from __future__ import annotations

import sys

from leadline.cli import main

sys.exit(main())
