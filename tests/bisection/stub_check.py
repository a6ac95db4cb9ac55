"""A check in no time: the verdict stands in the tracked file `verdict` (`good`, `bad`, `skip REASON`, ...).

Further words say what else it does. `small-good` and the like stand for another verdict at another size than
the case's own. It keeps the contract of `bisect-parity check`: exit status, and verdict.json below --out.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

STATUS = {"good": 0, "bad": 1, "skip": 125, "abort": 200}
IS_PROOF = "--no-cache" in sys.argv


def main() -> int:
    out = Path(sys.argv[sys.argv.index("--out") + 1])
    out.mkdir(parents=True)
    (out / "commands.txt").write_text("# nothing\n")
    content = Path("verdict").read_text()
    words = content.split()
    if Path("dirty").exists():
        return 3  # something was left of the check before
    Path("product.o").write_text("x")
    document: dict[str, object] = {"cache": cache(words), "reason": " ".join(words[1:])}
    is_logged = "logged" in words and not IS_PROOF
    if is_logged:
        time.sleep(0.1)
        head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
        document |= {
            "commit": head.stdout.strip(),
            "size": 64,
            "digests": {"code_state": code_state(content)},
        }
    if "pictured" in words and "--preview" in sys.argv:
        (out / "preview.npz").write_bytes(content.encode())
    for word in words[1:]:
        act(word, out)
    if words[0] == "crash":
        return 1
    verdict = judged(words)
    (out / "verdict.json").write_text(json.dumps({**document, "verdict": verdict}))
    if is_logged:
        with (out.parents[6] / "ended").open("a") as log:
            log.write(content)
    return STATUS[verdict]


def judged(words: list[str]) -> str:
    """The verdict that the words stand for here and now."""
    small = [word.removeprefix("small-") for word in words if word.startswith("small-")]
    if small and "--size" in sys.argv:
        return small[0]
    if words[0] == "flaky":
        return "good" if IS_PROOF else "bad"
    if words[0] == "unprovable":
        return "skip" if IS_PROOF else "bad"
    return words[0]


def cache(words: list[str]) -> dict[str, object]:
    """What is told of the cache: `cached` was known, `kept` is known with --warm."""
    if "cached" in words and not IS_PROOF:
        return {"state": "known"}
    if "kept" in words:
        state = "known" if "--warm" in sys.argv and not IS_PROOF else "kept"
        return {"state": state, "parts": {"case": "stub", "code_state": words[0]}}
    return {}


def act(word: str, out: Path) -> None:
    """What a case may do to its worktree, and to us."""
    if word == "dirty":
        Path("dirty").write_text("x")
        Path("verdict").write_text("patched")
    elif word == "move":
        subprocess.run(["git", "checkout", "-q", "-f", "--detach", "HEAD~1"], check=True)
    elif word == "delete":
        Path(".git").unlink()
    elif word == "vanish":
        shutil.rmtree(Path.cwd())
    elif word == "daemon":
        start_daemon(out / "daemon")
    elif word == "flood":
        sys.stdout.write("x" * 20_000_000)
    elif word == "sleep":
        (out / "sleeping").write_text("")
        time.sleep(60)


def code_state(content: str) -> str:
    """The code state of a tree of which `verdict` is the code."""
    blob = hashlib.sha1(b"blob %d\0%s" % (len(content), content.encode()), usedforsecurity=False).hexdigest()
    return hashlib.sha256(f"100644 verdict\0{blob}\n".encode()).hexdigest()


def start_daemon(place: Path) -> None:
    """Start a process that leaves its parent, its group and its session, and keeps our output open."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            place.write_text(str(os.getpid()))
            time.sleep(60)
        os._exit(0)
    os.wait()
    while not place.exists():
        time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main())
