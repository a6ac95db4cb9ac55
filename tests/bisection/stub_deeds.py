"""What a stub of a check does beside judging; apart from it, since these imports take longer than a check."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path


def act(word: str, folder: str) -> None:
    """What a case may do to its worktree, and to us."""
    out = Path(folder)
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
    elif word == "meet" or (word == "prove" and "--preview" in sys.argv):
        meet(beside(folder) / "meeting", out.name)
    elif word == "outlast" and out.name.startswith("0003-"):
        wait_for_others(out.parent)


def beside(folder: str) -> Path:
    """Where the repository lies, of the folder that a check writes to."""
    return Path(folder).parents[6]


def meet(place: Path, name: str) -> None:
    """Wait until a second check is here; one that stays alone fails."""
    place.mkdir(exist_ok=True)
    (place / name).touch()
    deadline = time.monotonic() + 30
    while len(list(place.iterdir())) < 2:
        if time.monotonic() > deadline:
            raise SystemExit("no other check ran at the same time")
        time.sleep(0.01)


def wait_for_others(place: Path) -> None:
    """Wait until the sixth check of the session has begun; fail where it never does."""
    deadline = time.monotonic() + 30
    while not any(place.glob("0006-*")):
        if time.monotonic() > deadline:
            raise SystemExit("the other checks wait for this one")
        time.sleep(0.01)


def identity(content: str) -> dict[str, object]:
    """What a check takes some time to tell of itself: commit, size, code state."""
    time.sleep(0.1)
    head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    return {"commit": head.stdout.strip(), "size": 64, "digests": {"code_state": code_state(content)}}


def log_end(folder: str, content: str) -> None:
    """Write down that a check came to its end, beside the repository."""
    with (beside(folder) / "ended").open("a") as log:
        log.write(content)


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
    while not (place.exists() and place.read_text()):  # it is made first, and written then
        time.sleep(0.01)
