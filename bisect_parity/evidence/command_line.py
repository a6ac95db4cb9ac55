"""Command lines in commands.txt, shell scripts, Markdown and logs, as values. Pure; nothing is ever run.

Where a file is Markdown, fenced shell blocks, `$ ` prompts and lines labelled "Command:" are read; in a log,
prompts, `+ ` lines of a shell trace, labelled lines and what make or a workflow echoed; anything else is read
as a shell script. Bodies of here-documents and output between prompts are passed over. See `prompts` for
other shells, and `programs` for what counts as a command.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bisect_parity.evidence.programs import is_only_words, read_invocation
from bisect_parity.evidence.prompts import is_echoed, posix_lines
from bisect_parity.evidence.script import Script
from bisect_parity.evidence.shell import (
    Unclosed,
    here_document_ends,
    split_commands,
    without_assignments,
)

if TYPE_CHECKING:
    from bisect_parity.evidence.model import Command

LONGEST_TEXT = 2**21
LONGEST_LINE = 8192
LONGEST_QUOTE_LINES = 200
_MARKDOWN = re.compile(r"(?i)\.(?:md|markdown|rst)$")
_LOG = re.compile(r"(?i)\.(?:log|out|err)$")
_FENCE = re.compile(r"\s{0,10}(?:>\s*)?(`{3,}|~{3,})\s*([\w+-]*)")
_SHELL_FENCES = frozenset({"", "sh", "bash", "shell", "zsh", "console", "text", "txt"})
_NOTEBOOK_FENCES = frozenset({"python", "ipython", "py"})  # cells of a notebook may run a shell
_PROMPT = re.compile(
    r"\s*(?:[-*>]\s+)?`?(?:\([\w.-]+\)\s*)?(?:(?:[\w.-]+@[\w.-]+[:\s][^$#]{0,100})?[$%] |!(?=\w))(.*)"
)
_STAMPED = re.compile(  # a log of commands may say when each was run
    r"\s*[\[(]?20\d\d-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:\s*(?:Z|UTC|[+-]\d\d:?\d\d))?[\])]?:?\s+"
)
_LEVEL = re.compile(  # and how grave each line is, with the logger that wrote it
    r"\s*(?:- )?(?:[\w.]{1,60}:? - )?[\[(]?(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?)[\])]?"
    r"(?::[\w.]{1,60}:|[ :|-]+)(?:[\w.]{1,60} - |\[[\w.:-]{1,80}\]\s)?\s*"
)
_NAMES_LEVEL = re.compile("TRACE|DEBUG|INFO|NOTICE|WARN")
_TRACE = re.compile(r"\++ (.*)")
_LABEL = re.compile(
    r"(?i)[\s#*_>-]{0,12}(?:[\w-]{1,30} ){0,3}"
    r"(?:(?:command|cmd|cmd_?line|invocation|run|ran|running|execut(?:ed|ing)|launch(?:ed|ing)|reproduce)"
    r"(?: line| executed| used| run| with)?[*_]*:[*_]*|(?:command|cmd|cmd_?line|command_line)\s?=)\s*(.+)"
)
_MAY_LABEL = re.compile("[:=]")  # which stands in every label
_LABEL_ALONE = re.compile(r"(?i)\s{0,12}(?:command(?: line| executed| run)?|cmd|shell)\s?:\s*")
_BLANKS_BELOW_LABEL = 2
_SPAN_ALONE = re.compile(r"\s*+(?:[-*+]|\d+[.)])?\s*+`([^`\s]*+\s[^`]*+)`\s*")
_INDENTED = re.compile(r"(?: {4}|\t)\s*(\S+\s.*)")
_CODE_SPAN = re.compile(r"`([^`]+)`")
_COMMANDS = re.compile(
    r"(?i)(?:.*/)?(?:(?:[\w-]*_)?(?:commands?|cmd|cmdline|invocation)[\w-]*\.\w+|[^/]*\.(?:sh|bash))"
)
_CALL = re.compile(
    r"\s*[a-z][\w.+-]*(?:\s+[a-z][\w-]*)?\s+--?[A-Za-z]"
)  # a program, or one of its subcommands
_FIRST_WORD = re.compile(r"[\w./~$({!\[\"'-]")


def parse_commands(text: str, path: str) -> tuple[Command, ...]:
    """The commands that `text` says were run, in order; never raises.

    Environment holds what was exported before, then the command's own NAME=value words. Values of names that
    may be secrets are replaced.

    Args:
        text: the whole file; what follows 2 Mi characters, 100,000 lines or 500 commands is left out.
        path: of the file, relative to the top; its suffix decides how the text is read.
    """
    is_history = "history" in path.rpartition("/")[2].lower()
    is_log = _LOG.search(path) is not None
    script = Script(path, posix_lines(text[:LONGEST_TEXT], is_log=is_log, is_history=is_history))
    if _MARKDOWN.search(path):
        _read_markdown(script)
    elif is_log:
        _read_lines(script, 0, len(script.lines), prompts_only=True, is_log=True)
    else:
        _read_fenced_script(script)
    return tuple(script.commands)


def _read_markdown(script: Script) -> None:
    at = 0
    while at < len(script.lines):
        fence = _FENCE.match(script.lines[at])
        if fence is None:
            at = _read_markdown_line(script, at)
            continue
        end = _fence_end(script.lines, at + 1, fence[1])
        if fence[2].lower() in _SHELL_FENCES:
            has_prompts = any(_PROMPT.fullmatch(line) for line in script.lines[at + 1 : end])
            _read_lines(script, at + 1, end, prompts_only=has_prompts)
        elif fence[2].lower() in _NOTEBOOK_FENCES:
            _read_lines(script, at + 1, end, prompts_only=True)
        at = end + 1


def _read_markdown_line(script: Script, at: int) -> int:
    """Read a line of running text: marked, a code span that stands alone, or an indented block of code."""
    line = script.lines[at][:LONGEST_LINE]
    alone = _SPAN_ALONE.fullmatch(line)
    if alone is not None:
        return _read_logical(script, alone[1], at, at + 1)
    indented = _INDENTED.fullmatch(line) if _PROMPT.fullmatch(line) is None else None
    before = script.lines[at - 1] if at else ""
    if indented is not None and (not before.strip() or _INDENTED.match(before)):
        return _read_logical(script, indented[1], at, len(script.lines))
    return _read_marked(script, at)


def _read_fenced_script(script: Script) -> None:
    """Read a shell script; it may have Markdown fences, as command logs do."""
    begin = at = 0
    while at < len(script.lines):
        fence = _FENCE.match(script.lines[at])
        if fence is None:
            at += 1
            continue
        _read_lines(script, begin, at, prompts_only=False)
        begin = at + 1
        if fence[2] and fence[2].lower() not in _SHELL_FENCES:
            begin = _fence_end(script.lines, begin, fence[1]) + 1
        at = begin
    _read_lines(script, begin, len(script.lines), prompts_only=False)


def _fence_end(lines: list[str], at: int, fence: str) -> int:
    while at < len(lines) and not lines[at].strip(" >").startswith(fence):
        at += 1
    return at


def _read_lines(script: Script, at: int, end: int, *, prompts_only: bool, is_log: bool = False) -> None:
    is_of_commands: bool | None = None
    while at < end:
        line = _without_stamp(script.lines[at])
        if not prompts_only and (not line or (_MAY_LABEL.search(line) is None and is_only_words(line))):
            at += 1  # as below, without a look at each way to mark a command
        elif prompts_only or _PROMPT.fullmatch(line) or _LABEL.fullmatch(line):
            echoed = _read_echoed(script, at) if is_log else None
            at = _read_marked(script, at) if echoed is None else echoed
        elif (words := line.strip()) and _FIRST_WORD.match(words) and not is_only_words(words):
            is_call = _CALL.match(line) is not None
            if is_call and is_of_commands is None:  # the same for all lines
                is_of_commands = _is_of_commands(script)
            at = _read_logical(script, line, at, end, is_marked=is_call and is_of_commands is True)
        else:
            at += 1


def _is_of_commands(script: Script) -> bool:
    """Whether a file is named as one of commands, and no line has a prompt: else the rest is output."""
    return _COMMANDS.fullmatch(script.path) is not None and not any(map(_PROMPT.fullmatch, script.lines))


def _read_marked(script: Script, at: int) -> int:
    """Read the line at `at` if a prompt, a trace or a label marks it as a command; return what comes next."""
    line = _without_stamp(script.lines[at][:LONGEST_LINE])
    marked = _PROMPT.fullmatch(line) or _TRACE.fullmatch(line)
    if marked is not None:
        return _read_logical(script, marked[1].rstrip("`"), at, len(script.lines), is_marked=True)
    labelled = _LABEL.fullmatch(line)
    if labelled is not None:
        span = _CODE_SPAN.search(labelled[1])
        return _read_logical(script, span[1] if span else labelled[1], at, len(script.lines))
    if _LABEL_ALONE.fullmatch(line):
        return _read_block(script, at + 1)
    return at + 1


def _read_block(script: Script, at: int) -> int:
    """Read the indented lines below a label of commands that stands alone."""
    end = len(script.lines)
    begin = at
    while at < min(end, begin + _BLANKS_BELOW_LABEL) and not script.lines[at].strip():
        at += 1
    while at < end and script.lines[at][:1] in {" ", "\t"} and script.lines[at].strip():
        at = _read_logical(script, script.lines[at].strip(), at, end, is_marked=True)
    return max(at, begin)


def _read_echoed(script: Script, at: int) -> int | None:
    """Read a line of a log that is a command, though nothing marks it; None where it is none."""
    if " -" not in script.lines[at]:
        return None
    line = _without_stamp(script.lines[at][:LONGEST_LINE])
    known = script.commands[-1].source.text if script.commands else None
    before = next((text for text in reversed(script.lines[max(0, at - 3) : at]) if text.strip()), "")
    if not is_echoed(line, _without_stamp(before)) or line.strip() == known:
        return None
    return _read_logical(script, line.strip().removeprefix("> "), at, len(script.lines))


def _without_stamp(line: str) -> str:
    """A line without the time and the level that it begins with."""
    stamp = _STAMPED.match(line)
    line = line if stamp is None else line[stamp.end() :]
    level = _LEVEL.match(line) if _NAMES_LEVEL.search(line, 0, 100) else None
    return line if level is None else line[level.end() :]


def _read_logical(script: Script, first: str, at: int, end: int, *, is_marked: bool = False) -> int:
    """Read the command that begins with `first` at line `at`, with all lines that belong to it."""
    begin = at
    text, at = _joined(script.lines, first, at, end)
    tail = at
    complete = script.read(text, begin + 1, is_marked=is_marked)
    if not complete:
        text, tail = _with_open_quote(script, text, at, end)
        complete = bool(text) and script.read(text, begin + 1, is_marked=is_marked)
    if not complete:
        script.read_roughly(first[:LONGEST_LINE], begin + 1)
        return at
    return _after_here_documents(script.lines, text, tail, end)


def _joined(lines: list[str], first: str, at: int, end: int) -> tuple[str, int]:
    """`first` with the lines that its backslashes continue, and the number of the line after them."""
    text, at = first[:LONGEST_LINE], at + 1
    while text.endswith("\\") and at < end and len(text) < LONGEST_LINE:
        text = text[:-1] + lines[at].strip()[:LONGEST_LINE]
        at += 1
    return text, at


def _with_open_quote(script: Script, text: str, at: int, end: int) -> tuple[str, int]:
    """`text` with the lines up to the one that closes its quote; empty where none does."""
    if not _may_continue(text):
        return "", at
    for line in script.lines[at : min(end, at + LONGEST_QUOTE_LINES)]:
        text += "\n" + line
        at += 1
        if len(text) > LONGEST_LINE:
            break
        if "'" in line or '"' in line or "`" in line or ")" in line:
            try:
                split_commands(text, {})
            except Unclosed:
                continue
            return text, at
    return "", at


def _may_continue(text: str) -> bool:
    """Whether a command stands before the open quote, so that an apostrophe in prose joins no lines."""
    assignments, words = without_assignments(text.replace("'", " ").replace('"', " ").split())
    sets_variables = bool(assignments) or words[:1] == ("export",)
    return sets_variables or read_invocation(assignments, words) is not None


def _after_here_documents(lines: list[str], text: str, at: int, end: int) -> int:
    for delimiter, strips_tabs in here_document_ends(text):
        while at < end:
            line = lines[at].lstrip("\t") if strips_tabs else lines[at]
            at += 1
            if line == delimiter:
                break
    return at
