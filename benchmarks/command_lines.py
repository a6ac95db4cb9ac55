"""Precision and recall of command-line extraction against a hand-checked sample of a corpus of evidence.

    python benchmarks/command_lines.py --corpus PATH [--json]

`command_lines.json` holds what a reader found in 50 files of the corpus: 26 of its 94 commands.txt, 16 of the
19 Markdown files and 8 of the 20 other text files that name a program, drawn at random. Each was read as a
whole, and every command that was run was checked: its line, program, flags, and their number of values.
Files are named by a digest of their content, and values by a digest: nothing of the corpus is quoted.

A command counts as found where line and program agree; as read where environment, flags and values do, too.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bisect_parity.evidence.command_line import parse_commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bisect_parity.evidence.model import Command

EXPECTED = Path(__file__).with_suffix(".json")
SUFFIXES = {".txt", ".md"}


def told(command: Command) -> dict[str, Any]:
    """A command as the sample writes it down."""
    flags = {
        flag: 0 if value is True else len(value) if isinstance(value, tuple) else 1
        for flag, value in command.options.items()
    }
    values = [command.environment, sorted(command.options.items()), command.positional]
    return {
        "line": command.source.line,
        "program": command.program.rpartition("/")[2],
        "environment": [name for name, _ in command.environment],
        "flags": flags,
        "words": len(command.positional),
        "values": hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16],
    }


def sampled(corpus: Path, digests: set[str]) -> Iterator[tuple[str, Path]]:
    """The files of the sample that are in the corpus, each content once."""
    seen = set()
    for path in sorted(corpus.rglob("*")):
        if path.suffix in SUFFIXES and path.is_file():
            digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
            if digest in digests and digest not in seen:
                seen.add(digest)
                yield digest, path


def measure(corpus: Path) -> dict[str, Any]:
    """The figures over all files of the sample."""
    expected: dict[str, list[dict[str, Any]]] = json.loads(EXPECTED.read_text())["files"]
    files = wanted = given = found = read = 0
    odd = []
    for digest, path in sampled(corpus, set(expected)):
        there = {(item["line"], item["program"]): item for item in expected[digest]}
        text = path.read_text(errors="replace")
        here = {(item["line"], item["program"]): item for item in map(told, parse_commands(text, path.name))}
        both = there.keys() & here.keys()
        files, wanted, given = files + 1, wanted + len(there), given + len(here)
        found += len(both)
        read += sum(there[key] == here[key] for key in both)
        odd += [f"{digest} line {line}: {program}" for line, program in there.keys() ^ here.keys()]
    return {
        "files of the sample in the corpus": files,
        "commands in them": wanted,
        "commands told": given,
        "precision": found / given if given else None,
        "recall": found / wanted if wanted else None,
        "read to the last value": read / found if found else None,
        "missed or invented": odd,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = measure(arguments.corpus)
    if arguments.json:
        print(json.dumps(figures, indent=2))
    else:
        for name, figure in figures.items():
            print(f"{name:<36} {figure if not isinstance(figure, float) else round(figure, 4)}")


if __name__ == "__main__":
    main()
