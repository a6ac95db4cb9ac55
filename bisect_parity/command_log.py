"""commands.txt: what was started, in order, so that a person can read it and a shell replay it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bisect_parity.errors import writing
from bisect_parity.redaction import REDACTED, is_secret_name
from bisect_parity.times import utc_text

INLINE_INPUT_BYTES = 2048
INPUT_FOLDER = "commands.stdin"
NAME = "commands.txt"
HEAD_LINES, LONGEST_LINE = 2, 4096


def is_logged_folder(folder: Path) -> bool:
    """Whether a folder is the output of a command of this tool, or holds nothing but such folders."""
    try:
        if not (folder / NAME).exists():
            with os.scandir(folder) as entries:
                inside = list(entries)
            is_all = all(entry.is_dir(follow_symlinks=False) for entry in inside)
            return bool(inside) and is_all and all(is_logged_folder(folder / entry.name) for entry in inside)
        with (folder / NAME).open("rb") as file:
            head = [file.readline(LONGEST_LINE) for _ in range(HEAD_LINES)]
    except OSError:
        return False
    return head[0].startswith(b"# ") and head[1].startswith(b"# bisect-parity ")


class CommandLog:
    """Appends each process to commands.txt when it starts and when it ends.

    The file is a shell script with comments: the tool's own invocation first (as a comment: replaying
    it would replay everything twice), then a line a process. Each line is flushed as it is written,
    so that a killed run still shows what it was doing.

    Args:
        path: commands.txt; None keeps the log in memory only, until `move_to`.
        argv: the tool's own invocation.
        redactor: replaces what looks like a secret in all that is written.

    Attributes:
        path: the commands.txt in use, or None.
    """

    def __init__(self, path: Path | None, argv: Sequence[str], redactor: Callable[[str], str]) -> None:
        self.path: Path | None = None
        self._redact = redactor
        self._lines: list[str] = []
        self._inputs: dict[str, bytes] = {}
        self._functions: dict[str, list[str]] = {}
        self._count = 0
        self._session = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}"
        self._write(f"# {utc_text()} in {shlex.quote(str(_cwd()))}")
        self._write("# " + shlex.join(argv))
        if path is not None:
            self.move_to(path)

    def move_to(self, path: Path) -> None:
        """Append what was logged so far, and all that follows, to `path`.

        Raises:
            OutputError: it cannot be written.
        """
        path = path.absolute()  # the working directory may change meanwhile
        if path == self.path:
            return
        text = "".join(line + "\n" for line in self._lines)
        for name, stdin in self._inputs.items():
            kept = self._write_input(path.parent, name, stdin)
            text = text.replace(f" < {INPUT_FOLDER}/{name}", f" < {shlex.quote(str(kept))}")
        self._append(path, text)
        self.path = path

    def define(self, name: str, argv: Sequence[str], env: Mapping[str, str] | None) -> None:
        """Abbreviate commands that begin with `argv` in `env` as the shell function `name`."""
        words = [*_environment_changes(env), *argv]
        if self._functions.get(name) != words:
            self._functions[name] = words
            self._write(f'{name}() {{ {shlex.join(words)} "$@"; }}')

    def begin(
        self, argv: Sequence[str], cwd: Path | None, env: Mapping[str, str] | None, stdin: bytes
    ) -> int:
        """Write the line of a process that starts, and return its number.

        Args:
            argv, cwd, env, stdin: as of `Journal.run`.

        Raises:
            OutputError: it cannot be written.
        """
        self._count += 1
        self._write(self._line(self._count, argv, cwd, env, stdin))
        return self._count

    def end(self, number: int, how: str) -> None:
        """Write how the process with this number ended.

        Raises:
            OutputError: it cannot be written.
        """
        self._write(f"# [{number}] {how}")

    def _line(
        self,
        number: int,
        argv: Sequence[str],
        cwd: Path | None,
        env: Mapping[str, str] | None,
        stdin: bytes,
    ) -> str:
        line = self._shortened([*_environment_changes(env), *argv])
        if stdin and len(stdin) <= INLINE_INPUT_BYTES:
            line = f"printf %b {shlex.quote(_printf_escaped(stdin))} | {line}"
        elif stdin:
            line += f" < {shlex.quote(str(self._keep_input(number, stdin)))}"
        return line if cwd is None else f"(cd {shlex.quote(str(cwd))} && {line})"

    def _shortened(self, words: list[str]) -> str:
        for name, prefix in self._functions.items():
            if words[: len(prefix)] == prefix:
                return shlex.join([name, *words[len(prefix) :]])
        return shlex.join(words)

    def _keep_input(self, number: int, stdin: bytes) -> Path:
        """Keep a long standard input beside commands.txt, where a replay finds it."""
        name = f"{self._session}-{number:04d}.stdin"
        if self.path is None:
            self._inputs[name] = stdin
            return Path(INPUT_FOLDER) / name
        return self._write_input(self.path.parent, name, stdin)

    def _write_input(self, folder: Path, name: str, stdin: bytes) -> Path:
        kept = folder / INPUT_FOLDER / name
        with writing(kept, "Choose a folder that can be written with --out."):
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(stdin)
        return kept

    def _write(self, line: str) -> None:
        self._lines.append(line)
        if self.path is not None:
            self._append(self.path, line + "\n")

    def _append(self, path: Path, text: str) -> None:
        with writing(path, "Choose a folder that can be written with --out."):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="ascii", errors="backslashreplace") as log:
                log.write(self._redact(text))


def _cwd() -> Path:
    try:
        return Path.cwd()
    except OSError:
        return Path("?")


def _printf_escaped(data: bytes) -> str:
    """`data` as the argument of `printf %b`."""
    safe = set(range(0x20, 0x7F)) - {0x5C}
    return "".join(chr(byte) if byte in safe else f"\\0{byte:03o}" for byte in data)


def _environment_changes(env: Mapping[str, str] | None) -> list[str]:
    """The `env ...` words that change our environment into `env`; secrets are redacted."""
    if env is None:
        return []
    removed = sorted(set(os.environ) - set(env))
    changed = sorted(name for name, value in env.items() if os.environ.get(name) != value)
    words = [word for name in removed for word in ("-u", name)]
    if len(removed) > len(env):
        changed, words = sorted(env), ["-i"]  # shorter to begin with nothing
    words += [f"{name}={REDACTED if is_secret_name(name) else env[name]}" for name in changed]
    return ["env", *words] if words else []
