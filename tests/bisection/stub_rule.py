"""A check in no time: the verdict is what the expression in the tracked file `rule` gives.

It may call `number(PATH)`, the number in a file, 0 where there is none. It keeps the contract of
`bisect-parity check`, as `stub_check` does.
"""

# ruff: noqa: PTH103, PTH123 (pathlib takes longer to import than a check takes)

from __future__ import annotations

import os
import sys

STATUS = {"good": 0, "bad": 1, "skip": 125, "abort": 200}


def number(path: str) -> int:
    try:
        with open(path) as file:
            return int(file.read())
    except FileNotFoundError:
        return 0


def main() -> int:
    out = sys.argv[sys.argv.index("--out") + 1]
    os.makedirs(out)
    with open("rule") as file:
        verdict = str(eval(file.read(), {"number": number}))  # noqa: S307 - a rule of a test
    with open(f"{out}/verdict.json", "w") as file:
        file.write(f'{{"verdict": "{verdict}", "reason": "by rule"}}')
    return STATUS[verdict]
