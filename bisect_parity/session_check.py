"""`bisect-parity check` as a session starts it: `python -I -S session_check.py ...`.

Without `site`, Python starts in two thirds of the time, and a check by a warm worker needs nothing of what it
adds. Where no worker answers, the ordinary command takes the place of this process.
"""

from __future__ import annotations

import os
import sys

ABORT_STATUS = 200

if __name__ == "__main__":
    # behind the standard library, so that nothing beside the package can shadow it
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120
    try:
        from bisect_parity.__main__ import main

        main()
    except BaseException as error:  # noqa: BLE001 - the last line of defence
        sys.stderr.write(f"bisect-parity: cannot start: {type(error).__name__}: {error}\n")
        sys.stderr.flush()
        os._exit(ABORT_STATUS)
