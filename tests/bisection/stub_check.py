"""A check in no time: the verdict stands in the tracked file `verdict` (`good`, `bad`, `skip REASON`, ...).

`small-good` and the like stand for another verdict at another size than the case's own.

It keeps the contract of `bisect-parity check`: exit status, and verdict.json below --out.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

STATUS = {"good": 0, "bad": 1, "skip": 125, "abort": 200}


def main() -> int:
    out = Path(sys.argv[sys.argv.index("--out") + 1])
    out.mkdir(parents=True)
    (out / "commands.txt").write_text("# nothing\n")
    words = Path("verdict").read_text().split()
    if Path("dirty").exists():
        return 3  # something was left of the check before
    Path("product.o").write_text("x")
    for word in words[1:]:
        if word == "dirty":
            Path("dirty").write_text("x")
            Path("verdict").write_text("patched")
        elif word == "move":
            subprocess.run(["git", "checkout", "-q", "-f", "--detach", "HEAD~1"], check=True)
        elif word == "delete":
            Path(".git").unlink()
        elif word == "sleep":
            (out / "sleeping").write_text("")
            time.sleep(60)
        elif word.startswith("small-") and "--size" in sys.argv:
            words[0] = word.removeprefix("small-")
    if words[0] == "crash":
        return 1
    if words[0] == "flaky":  # bad in a search, good in a proof
        words[0] = "good" if "--no-cache" in sys.argv else "bad"
    if words[0] == "unprovable":
        words[0] = "skip" if "--no-cache" in sys.argv else "bad"
    cache: dict[str, object] = (
        {"state": "known"} if "cached" in words and "--no-cache" not in sys.argv else {}
    )
    if "kept" in words:
        state = "known" if "--warm" in sys.argv and "--no-cache" not in sys.argv else "kept"
        cache = {"state": state, "parts": {"case": "stub", "code_state": words[0]}}
    document = {
        "cache": cache,
        "verdict": words[0],
        "reason": " ".join(words[1:]),
        "step": None,
        "comparison": None,
    }
    (out / "verdict.json").write_text(json.dumps(document))
    return STATUS[words[0]]


if __name__ == "__main__":
    sys.exit(main())
