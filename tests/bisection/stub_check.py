"""A check in no time: the verdict stands in the tracked file `verdict` (`good`, `bad`, `skip REASON`, ...).

`rate P` is bad in a share P of all checks. Further words say what else it does. `small-good` and the like
stand for another verdict at another size than the case's own. `sum X` is a sum ratio, which the
tolerance judges. It keeps the contract of `bisect-parity check`: exit status, and verdict.json below --out.
Plain verdicts are given by `stub_check.sh`.
"""

# ruff: noqa: PTH103, PTH110, PTH123 (pathlib, json and importlib take longer to import than a check takes)

from __future__ import annotations

import os
import sys

STATUS = {"good": 0, "bad": 1, "skip": 125, "abort": 200}
IS_PROOF = "--no-cache" in sys.argv
DEEDS = {"dirty", "move", "delete", "vanish", "daemon", "flood", "sleep", "meet", "outlast", "prove"}


def main() -> int:
    out = sys.argv[sys.argv.index("--out") + 1]
    os.makedirs(out)
    write(f"{out}/commands.txt", "# nothing\n")
    with open("verdict") as file:
        content = file.read()
    words = content.partition("\n")[0].split()  # further lines make another code state of one verdict
    if os.path.exists("dirty"):
        return 3  # something was left of the check before
    write("product.o", "x")
    document: dict[str, object] = {"cache": cache(words), "reason": " ".join(words[1:])}
    if seed := os.environ.get("BISECT_PARITY_HASH_SEED"):
        document["seed"] = seed
    is_logged = "logged" in words and not IS_PROOF
    if is_logged or not DEEDS.isdisjoint(words[1:]):
        stub_deeds = __import__("stub_deeds")
        document |= stub_deeds.identity(content) if is_logged else {}
        for word in words[1:]:
            stub_deeds.act(word, out)
    if "pictured" in words and "--preview" in sys.argv:
        write(f"{out}/preview.npz", content)
    if words[0] == "rate":
        words[0] = "bad" if drawn(f"{out}/../../../../../../../drawn") < float(words[1]) else "good"
    if words[0] == "sum":
        ratio = float(words[1])
        words[0] = "good" if abs(ratio - 1) <= tolerance() else "bad"
        document["comparison"] = {"correlation": 1.0, "sum_ratio": ratio}
    if words[0] == "crash":
        return 1
    verdict = judged(words)
    write(f"{out}/verdict.json", as_json({**document, "verdict": verdict}))
    if is_logged:
        stub_deeds.log_end(out, content)
    return STATUS[verdict]


def write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


def drawn(counter: str) -> float:
    """A number from 0 to 1, by how many checks there were: they are counted beside the repository."""
    file = os.open(counter, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(file, b".")  # checks may run at once: each appends a byte, whole, and its offset is its number
    number = os.lseek(file, 0, os.SEEK_CUR)
    os.close(file)
    bits = number * 0x9E3779B97F4A7C15 % 2**64
    bits = (bits ^ bits >> 32) * 0xD6E8FEB86659FD93 % 2**64
    return (bits ^ bits >> 32) / 2**64


def tolerance() -> float:
    """Of the sum ratio: that of the command line, else the usual one."""
    option = "--sum-ratio-tolerance"
    return float(sys.argv[sys.argv.index(option) + 1]) if option in sys.argv else 0.005


def as_json(value: object) -> str:
    """A number, a text of usual characters, or an object of such."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_json(key)}: {as_json(item)}" for key, item in value.items()) + "}"
    return f'"{value}"' if isinstance(value, str) else repr(value)


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
