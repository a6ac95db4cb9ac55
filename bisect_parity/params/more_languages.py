"""Values in Rust and Go, in input files of LAMMPS and GROMACS, and in Snakemake and Nextflow. Pure.

As in `line_assignments`, only literals are read: what is computed, or put together from others, is left out
or shown as it stands.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from bisect_parity.params.collect import of_lines
from bisect_parity.params.line_assignments import without_comment, without_end
from bisect_parity.params.literals import python_value
from bisect_parity.params.model import Default, Expression

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bisect_parity.params.model import Scalar

_STRING = r"\"(?:[^\"\\]|\\.)*\""
_RUST_CONSTANT = re.compile(
    r"\s*(?:pub(?:\([\w:]+\))?\s+)?(?:const|static(?:\s+mut)?)\s+([A-Za-z_]\w*)\s*:[^=]+=\s*(\S.*);"
)
_RUST_OPTION = re.compile(r"#\[(?:arg|clap|structopt|argh)\s*\((.*)\)\]\s*")
_RUST_DEFAULT = re.compile(rf"\bdefault(?:_value(?:_t)?)?\s*=\s*({_STRING}|[^,()]+)")
_RUST_LONG = re.compile(rf"\blong\s*=\s*({_STRING})")
_RUST_FIELD = re.compile(r"\s*(?:pub(?:\([\w:]+\))?\s+)?([a-z_]\w*)\s*:[^=]+")
_RUST_SUFFIX = re.compile(r"(?<=[\d._])_?(?:[iu](?:8|16|32|64|128|size)|f(?:32|64))$")
_GO_LINE = re.compile(r"\s*(?:(?:const|var)\s+)?([A-Za-z_]\w*)(?:\s+[\w.\[\]*]+)?\s*=\s*(\S.*)")
_GO_BLOCK = re.compile(r"(?:const|var)\s*\(\s*")
_GO_FLAG = re.compile(
    r"\b(?:p?flag|fs|flagSet|flags)\.(?:Int|Int64|Uint|Uint64|Float64|String|Bool|Duration|Int32|Float32)"
    rf"(?:Var)?P?\(\s*(?:&[\w.]+\s*,\s*)?\"([\w.-]+)\"\s*,\s*+(?:\"\w?\"\s*,\s*+)?({_STRING}|[^\s,()][^,()]*+)\s*,"
)
_LAMMPS_COMMANDS = """
    units atom_style pair_style pair_coeff timestep fix run minimize boundary lattice region create_box
    read_data mass velocity neighbor neigh_modify thermo variable kspace_style bond_style dimension newton
"""
_LAMMPS_WORDS = frozenset(_LAMMPS_COMMANDS.split())
_LAMMPS_NAMES = {"fix": 1, "compute": 1, "dump": 1, "region": 1, "group": 1, "pair_coeff": 2, "mass": 1}
_LAMMPS_LEFT = frozenset(
    {"print", "log", "echo", "label", "next", "jump", "if", "include", "shell", "write_data"}
)
_SNAKE_RULE = re.compile(r"(?:rule|checkpoint)\s+(\w+)\s*:\s*")
_SNAKE_SECTION = re.compile(r"\s+(params|threads|resources|priority|retries)\s*:\s*(.*)")
_SNAKE_OTHER = re.compile(r"\s+[a-z_]+\s*:.*")
_ASSIGNMENT = re.compile(r"\s*([A-Za-z_][\w.]*)\s*=(?!=)\s*(\S.*)")
_BLOCK = re.compile(r"([A-Za-z_]\w*|'[\w:.-]+'|withName:\s*[\w'\"]+)\s*\{\s*(.*)")


@of_lines()
def rust_defaults(lines: list[str]) -> Iterator[Default]:
    """The constants of a Rust file, and what options of clap default to."""
    option: tuple[Scalar, str] | None = None
    for number, line in enumerate(lines, 1):
        plain = without_comment(line, "//").rstrip()
        constant = _RUST_CONSTANT.fullmatch(plain)
        stated = _RUST_OPTION.fullmatch(plain.strip())
        if constant is not None:
            yield Default(constant[1], _rust_value(constant[2].rstrip()), number)
        elif stated is not None:
            value, long = _RUST_DEFAULT.search(stated[1]), _RUST_LONG.search(stated[1])
            name = long[1].strip('"') if long else ""
            option = None if value is None else (_rust_value(value[1].strip()), name)
        elif option is not None and (field := _RUST_FIELD.fullmatch(plain)) is not None:
            yield Default(f"--{option[1] or field[1].replace('_', '-')}", option[0], number)
            option = None


@of_lines()
def go_defaults(lines: list[str]) -> Iterator[Default]:
    """The constants and variables of a Go package, and what its flags default to."""
    is_block = False
    for number, line in enumerate(lines, 1):
        plain = without_comment(line, "//").rstrip()
        for name, text in _GO_FLAG.findall(plain):
            yield Default(f"-{name}", python_value(_words(text.strip())), number)
        if _GO_BLOCK.fullmatch(plain):
            is_block = True
        elif plain.startswith(")"):
            is_block = False
        elif is_block or plain.startswith(("const ", "var ")):
            found = _GO_LINE.fullmatch(plain)
            if found is not None and not _GO_FLAG.search(plain):
                yield Default(found[1], python_value(_words(found[2])), number)


@of_lines(is_text=True)
def lammps_defaults(lines: list[str]) -> Iterator[Default]:
    """The commands of an input script of LAMMPS, by their words and ids, as text."""
    known = Counter(line.split()[0] for line in lines if line.split())
    if sum(known[word] > 0 for word in _LAMMPS_WORDS) < 3:
        return
    logical: list[str] = []
    begin = 0
    for number, line in enumerate(lines, 1):
        text = without_comment(line, "#").strip()
        begin = begin if logical else number
        logical += text.removesuffix("&").split()
        if text.endswith("&"):
            continue
        words, logical = logical, []
        if len(words) < 2 or words[0] in _LAMMPS_LEFT:
            continue
        if words[0] == "variable" and len(words) > 3:
            yield Default(f"variable {words[1]}", " ".join(words[3:]), begin)
            continue
        own = 1 + _LAMMPS_NAMES.get(words[0], 0)
        if len(words) > own:
            yield Default(" ".join(words[:own]), " ".join(words[own:]), begin)


@of_lines(is_text=True)
def gromacs_defaults(lines: list[str]) -> Iterator[Default]:
    """The parameters of a GROMACS run (`.mdp`), as text; `-` and `_` are one in their names."""
    for number, line in enumerate(lines, 1):
        name, equals, value = line.partition(";")[0].partition("=")
        if equals and name.strip():
            yield Default(name.strip().lower().replace("-", "_"), " ".join(value.split()), number)


@of_lines()
def snakemake_defaults(lines: list[str]) -> Iterator[Default]:
    """The literals of a Snakefile, also `params`, `threads` and `resources` of rules."""
    rule = section = ""
    for number, line in enumerate(lines, 1):
        plain = without_comment(line, "#").rstrip()
        if (begun := _SNAKE_RULE.fullmatch(plain)) is not None:
            rule, section = begun[1], ""
            continue
        if plain and not plain[0].isspace():
            rule = section = ""
        entered = _SNAKE_SECTION.fullmatch(plain) if rule else None
        if entered is not None:
            section, plain = entered[1], entered[2]
            if plain and "=" not in plain:
                yield from _literal(f"{rule}.{section}", plain.rstrip(","), number)
                continue
        elif rule and _SNAKE_OTHER.fullmatch(plain):
            section = ""
        found = _ASSIGNMENT.fullmatch(plain)
        if found is not None and (section or not rule):
            prefix = f"{rule}.{section}." if section else ""
            yield from _literal(f"{prefix}{found[1]}", without_end(found[2]), number)


@of_lines()
def nextflow_defaults(lines: list[str]) -> Iterator[Default]:
    """The literals of a Nextflow script or configuration, by the blocks that they stand in."""
    blocks: list[str] = []
    for number, line in enumerate(lines, 1):
        plain = without_comment(line, "//").strip()
        opened = _BLOCK.fullmatch(plain)
        while opened is not None:
            blocks.append(opened[1].strip("'"))
            plain = opened[2]
            opened = _BLOCK.fullmatch(plain)
        closed = len(plain) - len(plain.rstrip("}; "))
        found = _ASSIGNMENT.fullmatch(plain.rstrip("}; "))
        if found is not None:
            yield from _literal(".".join((*blocks, found[1])), _words(without_end(found[2])), number)
        ends = plain[len(plain) - closed :].count("}") if closed else 0
        del blocks[max(0, len(blocks) - ends) :]


def _literal(name: str, text: str, line: int) -> Iterator[Default]:
    value = python_value(text)
    if not isinstance(value, Expression) or text[:1] in "[(":
        yield Default(name, value, line)


def _rust_value(text: str) -> Scalar:
    if text.startswith('"') or "::" in text:
        return python_value(text)
    plain = text.removeprefix("&")
    return python_value(_words(_RUST_SUFFIX.sub("", plain)))


def _words(text: str) -> str:
    """`true`, `false` and `nil` as Python spells them."""
    return {"true": "True", "false": "False", "nil": "None", "null": "None"}.get(text, text)
