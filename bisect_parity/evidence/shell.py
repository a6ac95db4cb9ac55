"""Shell text split into simple commands: words, assignments, operators. Pure; nothing is ever run.

This is the part of the POSIX shell grammar (XCU 2.2, 2.3, 2.10) that command records use: quotes, escapes,
comments, lists, pipelines, redirections, here-documents and parameter expansion of names that are known.
What a shell would have to run (`$(...)`, backticks) stays as it stands.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from attrs import frozen

ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_OPERATORS = ";&|<>()\n"  # with what they begin
_OPERATOR = re.compile(r"&>>|&>|>>|>&|>\||<<<|<<-|<<|<&|<>|&&|\|\||;;|\|&|[;&|<>()\n]")
_PLAIN = re.compile(r"[^ \t\r\n;&|<>()'\"\\$`]+")
_QUOTED = re.compile(r'[^"\\$`]+')
_NAME = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})")
_SEPARATORS = frozenset({"&&", "||", ";", ";;", "|", "|&", "&", "\n"})
_INPUTS = frozenset({"<", "<<", "<<-", "<<<"})
_HERE_DOCUMENT = re.compile(r"<<(-?)[ \t]*(?:'([^'\n]+)'|\"([^\"\n]+)\"|\\?([\w.-]+))")
LONGEST_VALUE = 512


class Unclosed(ValueError):  # noqa: N818 - says what is the matter with the text, as "EOFError" would not
    """A quote or a substitution is not closed."""


@frozen
class SimpleCommand:
    """One simple command of a list or pipeline.

    Attributes:
        assignments: NAME=value words before the first other word.
        words: the words, quotes removed; redirections are left out.
        is_broken: a parenthesis stands where a shell allows none, so that this is prose.
        reads_input: its input is a here-document, a here-string or a file.
    """

    assignments: tuple[tuple[str, str], ...]
    words: tuple[str, ...]
    is_broken: bool = False
    reads_input: bool = False


class _Token(NamedTuple):
    text: str
    is_operator: bool
    is_assignment: bool = False


def without_assignments(words: Sequence[str]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """The NAME=value words that a command begins with, as pairs, and the other words."""
    found = itertools.takewhile(bool, map(ASSIGNMENT.fullmatch, words))
    pairs = tuple((each[1], each[2]) for each in found if each is not None)
    return pairs, tuple(words[len(pairs) :])


def here_document_ends(line: str) -> list[tuple[str, bool]]:
    """The delimiters of the here-documents in `line`, and whether tabs before them are stripped."""
    if "<<" not in line:
        return []
    line = line.replace("<<<", "   ")
    return [(one or two or three, dash == "-") for dash, one, two, three in _HERE_DOCUMENT.findall(line)]


def split_commands(text: str, variables: Mapping[str, str]) -> list[SimpleCommand]:
    """Split a logical line (continuations joined) into its simple commands.

    Args:
        text: shell text without the bodies of here-documents.
        variables: values for `$NAME` and `${NAME}` outside single quotes; other names stay as they stand.

    Raises:
        Unclosed: a quote or a substitution has no end.
    """
    commands: list[SimpleCommand] = []
    words: list[_Token] = []
    is_broken = False
    reads_input = False
    skip_next = False
    for token in _tokens(text, variables):
        if not token.is_operator:
            if not skip_next:
                words.append(token)
            skip_next = False
        elif token.text in _SEPARATORS:
            _finish(commands, words, is_broken=is_broken, reads_input=reads_input)
            words, is_broken, reads_input, skip_next = [], False, False, False
        elif token.text == "(":
            is_broken = is_broken or bool(words and [word.text for word in words] != ["time"])
        elif token.text != ")":
            skip_next = True  # the target of a redirection
            reads_input = reads_input or token.text in _INPUTS
    _finish(commands, words, is_broken=is_broken, reads_input=reads_input)
    return commands


def _finish(
    commands: list[SimpleCommand], tokens: list[_Token], *, is_broken: bool, reads_input: bool
) -> None:
    assignments = []
    for token in tokens:
        match = ASSIGNMENT.fullmatch(token.text) if token.is_assignment else None
        if match is None:
            break
        assignments.append((match[1], match[2]))
    words = tuple(token.text for token in tokens[len(assignments) :])
    if assignments or words:
        commands.append(SimpleCommand(tuple(assignments), words, is_broken, reads_input))


def _tokens(text: str, variables: Mapping[str, str]) -> list[_Token]:
    tokens: list[_Token] = []
    at, end = 0, len(text)
    while at < end:
        character = text[at]
        if character in " \t\r":
            at += 1
        elif character == "#":
            newline = text.find("\n", at)
            at = end if newline < 0 else newline
        elif character in _OPERATORS and (operator := _OPERATOR.match(text, at)):
            tokens.append(_Token(operator[0], is_operator=True))
            at = operator.end()
        else:
            start = at
            word, at = _word(text, at, variables)
            is_descriptor = text[at : at + 1] in {"<", ">"} and text[start:at].isdigit()
            if not is_descriptor:
                plain = ASSIGNMENT.match(text[start:at]) is not None
                tokens.append(_Token(word, is_operator=False, is_assignment=plain))
    return tokens


def _word(text: str, at: int, variables: Mapping[str, str]) -> tuple[str, int]:
    parts: list[str] = []
    end = len(text)
    while at < end:
        plain = _PLAIN.match(text, at)
        if plain is not None:
            parts.append(plain[0])
            at = plain.end()
            continue
        character = text[at]
        if character in " \t\r\n;&|<>()":
            break
        if character == "'":
            close = text.find("'", at + 1)
            if close < 0:
                raise Unclosed
            parts.append(text[at + 1 : close])
            at = close + 1
        elif character == '"':
            at = _double_quoted(text, at + 1, variables, parts)
        elif character == "\\":
            if text[at + 1 : at + 2] != "\n":
                parts.append(text[at + 1 : at + 2])
            at += 2
        else:
            at = _expansion(text, at, variables, parts)
    return "".join(parts), at


def _double_quoted(text: str, at: int, variables: Mapping[str, str], parts: list[str]) -> int:
    end = len(text)
    while at < end:
        plain = _QUOTED.match(text, at)
        if plain is not None:
            parts.append(plain[0])
            at = plain.end()
            continue
        character = text[at]
        if character == '"':
            return at + 1
        if character != "\\":
            at = _expansion(text, at, variables, parts)
        elif text[at + 1 : at + 2] in ('"', "\\", "$", "`", "\n"):
            parts.append("" if text[at + 1] == "\n" else text[at + 1])
            at += 2
        else:
            parts.append(character)
            at += 1
    raise Unclosed


def _expansion(text: str, at: int, variables: Mapping[str, str], parts: list[str]) -> int:
    """Append what `$...` or a backtick at `at` stands for, and return where it ends."""
    name = _NAME.match(text, at)
    if name is not None:
        value = variables.get(name[1] or name[2])
        parts.append(name[0] if value is None else value[:LONGEST_VALUE])
        return name.end()
    opening = text[at + 1 : at + 2]
    if text[at] == "`":
        close = text.find("`", at + 1)
    elif opening in ("(", "{"):
        close = _matching(text, at + 1, opening, ")" if opening == "(" else "}")
    else:
        parts.append("$")
        return at + 1
    if close < 0:
        raise Unclosed
    parts.append(text[at : close + 1])
    return close + 1


def _matching(text: str, at: int, opening: str, closing: str) -> int:
    depth = 0
    for index in range(at, len(text)):
        if text[index] == opening:
            depth += 1
        elif text[index] == closing:
            depth -= 1
            if depth == 0:
                return index
    return -1
