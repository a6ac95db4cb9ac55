"""Lines of terminals and build servers, written as a POSIX shell would show them. Pure.

Whatever marks a line as a command becomes the prompt `$ `: the prompts of bash, zsh, fish and
IPython, the titles of steps in a build server's log, the list that a Python program printed of
its words. Codes for colours and cursors are left out. Lines keep their numbers.
"""

from __future__ import annotations

import ast
import re
import shlex
import warnings

MOST_LINES = 100_000
LONGEST_PROMPT_LINE = 8192
_ESCAPE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,500}(?:\x07|\x1b\\)?|[()#][0-9A-Za-z]|[@-Z\\^_=>78])"
)
_VENV = r"(?:\([\w./@-]{1,60}\)\s*)*"
_USER = r"[\w.-]{1,60}@[\w.-]{1,60}"
_PROMPTS = re.compile(
    rf"\s*{_VENV}(?:"
    rf"\[{_USER}\s[^\]]{{1,100}}\][$#%]"
    rf"|{_USER}:[^$#]{{0,100}}#"
    rf"|{_USER}\s[~/]\S{{0,100}}(?:\s\([^)]{{1,60}}\))?(?:\s\[\d+\])?>"
    r"|(?:ba|z|da|k)?sh-\d[\d.]*[$#]"
    "|\u279c\\s+\\S{1,100}(?:\\sgit:\\([^)]{1,60}\\))?(?:\\s\u2717)?"
    "|(?:[~/]\\S{0,100}\\s)?\u276f"
    r") (?P<command>.*)"
)
_NOTEBOOK = re.compile(r"\s*(?:In ?\[[\d ]{0,6}\]: ?)?(?P<command>[!%](?=\w).*)")
_MAY_BE_CELL = re.compile(r"\s*[!%]|In ?\[")
_TRACE = re.compile(
    r"(?P<plus>\++)\s?\(?(?:\.{0,2}/)?[\w./-]{1,100}:\d{1,6}\)?(?::\s?\w+(?:\(\))?)?: (?P<command>.*)"
)
_SERVER_STEP = re.compile(r"(?P<time>20\S{8,40}Z )?##\[(?:group\]Run|command\]) ?(?P<command>.*)")
_OF_PROGRAM = re.compile(  # what ctest, valgrind, time, perf, docker, tox, ... print of commands
    r"(?:\d+: )?Test command: (?P<ctest>.*)|==\d+== Command: (?P<valgrind>.*)"
    r"|\s*Command being timed: \"(?P<time>.*)\"|\s*Performance counter stats for '(?P<perf>.*)':"
    r"|# cmdline : (?P<record>.*)|Benchmark (?:#?\d+): (?P<hyperfine>.*)"
    r"|(?:Step \d+/\d+ :|#\d+ \[[\w -]*\d+/\d+\]) RUN (?P<docker>.*)"
    r"|\s*[\w.-]{1,40}: commands\[\d+\]> (?P<tox>.*)"
    r"|\[\d+/\d+\] (?:: && )?(?P<ninja>/[\w./+-]+ [-/].*-[co] .*)"
    r"|Script started .{0,80}\[COMMAND=\"(?P<script>.*?)\" .*"
)
_MAY_BE_OF_PROGRAM = re.compile(r"^\[\d|[cC]ommand|COMMAND|counter stats|# cmdline|Benchmark|RUN")
_HISTORY = re.compile(r": \d{9,10}:\d+;(?P<command>.*)")
_NUMBERED = re.compile(r"\s{0,6}\d{1,6}\*?\s\s(?P<command>\S.*)")
_LIST = re.compile(
    r"(?i)(?:.{0,80}\b(?:command|cmd|argv|cmdline|args)(?: line)?\s?[:=]?\s?'?"
    r"|.{0,40}\b(?:running|executing|run)[: ]\s?)"
    r"(?P<words>\[(?:'[^']*'|\"[^\"]*\")(?:,\s?(?:'[^']*'|\"[^\"]*\")){0,200}\])'?(?:,? .{0,100})?"
)
_PROGRAM = (
    r"(?:(?:[\w.~-]*/[\w./-]*)?python[\d.]*(?: -[a-zA-Z]+)* [\w./-]+"
    r"|\.{1,2}/[\w./-]+\w|(?:mpirun|mpiexec|srun|torchrun) -.*"
    r"|(?:\S*[/-])?(?:g?cc|[cg]\+\+|clang(?:\+\+)?|(?:nv|hip|mpi)c(?:c|xx)|(?:g|mpi)fort\w*)"
    r"(?:-[\d.]+)? (?=.*\w\.[a-zA-Z])(?:.* )?-[co] .*)"  # a compiler, with what it writes, and a file
)
_ECHOED = re.compile(rf"\s*(?:[A-Za-z_]\w*=\S*\s+)*{_PROGRAM}(?:\s.*)?")
_HAS_FLAG = re.compile(r"\s--?[A-Za-z]")
_PLACEHOLDER = re.compile(r"\s\[?<|\s\[-|\.\.\.|[:,;!?.]$|(?:\s[a-z]{2,}){4}(?:\s|$)")
_ADVICE = re.compile(r"(?i).*(?::\s*|\b(?:usage|example|try|hint|resume|rerun|e\.g\.).*)")


def posix_lines(text: str, *, is_log: bool = False, is_history: bool = False) -> list[str]:
    """The first lines of a text, those of another shell or a program as a POSIX shell would show them.

    Args:
        text: the file.
        is_log: a terminal may have shown it.
        is_history: it is the history of a shell, which may number its lines.
    """
    text = text.replace("\r\n", "\n")
    is_log = is_log or "\x1b[" in text
    if is_log and "\x1b" in text:
        text = _ESCAPE.sub("", text)
    lines = text.split("\n", MOST_LINES)[:MOST_LINES]
    for at, line in enumerate(lines):
        if 0 < len(line) <= LONGEST_PROMPT_LINE:
            lines[at] = _with_prompt(_on_screen(line) if is_log else line, is_history=is_history)
    return lines


def _on_screen(line: str) -> str:
    """What a terminal shows of a line with backspaces, and with returns to its beginning."""
    if "\b" in line:
        shown: list[str] = []
        for letter in line:
            if letter != "\b":
                shown.append(letter)
            elif shown:
                shown.pop()
        line = "".join(shown)
    return line.rstrip("\r").rpartition("\r")[2] if "\r" in line else line


def _with_prompt(line: str, *, is_history: bool) -> str:
    """A line with the prompt `$ ` in place of another mark; as it is where it has none."""
    traced = _TRACE.fullmatch(line) if line[:1] == "+" else None
    if traced is not None:
        return f"{traced['plus']} {traced['command']}"
    step = _SERVER_STEP.fullmatch(line) if "##[" in line else None
    if step is not None:
        return f"{step['time'] or ''}$ {step['command']}"
    cell = _NOTEBOOK.fullmatch(line) if _MAY_BE_CELL.match(line) else None
    if cell is not None:
        return _from_notebook(cell["command"], line)
    if "['" in line or '["' in line:
        return _from_list(line)
    marked = _PROMPTS.fullmatch(line)
    told = _OF_PROGRAM.fullmatch(line) if _MAY_BE_OF_PROGRAM.search(line) else None
    found = marked or told
    if found is not None:
        return f"$ {found[found.lastgroup or 0]}"
    kept = _HISTORY.fullmatch(line) or (_NUMBERED.fullmatch(line) if is_history else None)
    return line if kept is None else kept["command"]


def _from_notebook(command: str, line: str) -> str:
    """`!` runs a shell; `%run` a script, and `%env` sets a variable."""
    if command.startswith("!"):
        return f"$ {command[1:]}"
    magic, _, rest = command[1:].partition(" ")
    if magic == "run":
        return f"$ python {rest}"
    if magic in {"env", "set_env"}:
        name, _, value = rest.strip().replace(" ", "=", 1).partition("=")
        return f"$ export {name}={value.lstrip('= ')}"
    return line


def _from_list(line: str) -> str:
    """A command that was printed as a list of Python or JSON: `CMD: ['python', 'x.py']`."""
    found = _LIST.fullmatch(line)
    if found is None:
        return line
    try:
        with warnings.catch_warnings(action="ignore"):  # of backslashes in paths of Windows
            words = ast.literal_eval(found["words"])
    except (ValueError, SyntaxError):
        return line
    joined = shlex.join(map(str, words))
    return line if "\n" in joined else f"$ {joined}"


def is_echoed(line: str, before: str) -> bool:
    """Whether an unmarked line of a log is a command that make, a workflow or a build server echoed.

    Only what can hardly be anything else counts: a path or an interpreter first, with a flag.

    Args:
        line: without the time before it.
        before: the last line that is not empty before it; a command behind "Usage:" was not run.
    """
    plain = line.removeprefix("> ")
    if _ECHOED.fullmatch(plain) is None or _HAS_FLAG.search(plain) is None:
        return False
    is_advice = plain is line and _ADVICE.fullmatch(before) is not None
    return _PLACEHOLDER.search(line.rstrip()) is None and not is_advice
