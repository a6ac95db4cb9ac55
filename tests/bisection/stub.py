"""Runs `main` of the module beside it that the first argument names: a script is compiled each time."""

import sys

sys.exit(__import__(sys.argv.pop(1)).main())
