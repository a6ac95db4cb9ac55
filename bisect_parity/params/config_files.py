"""Values in TOML, YAML, JSON and INI files, flattened with their types, and lists of packages. Pure."""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from collections import Counter
from typing import TYPE_CHECKING, Any

from attrs import evolve

from bisect_parity.evidence.formats.documents import DocumentError, load_yaml
from bisect_parity.evidence.numbers import is_plain_exponent, read_float, read_int
from bisect_parity.params.collect import file_defaults, flattened, of_lines
from bisect_parity.params.model import Default, FileDefaults

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bisect_parity.params.model import Scalar

_KEY = re.compile(r"""(?m)(?:^|(?<=[\s{,\[.-]))["']?([\w+-]+)["']?\s*[:=]""")
_COMMENT = re.compile(rb"(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')|//[^\n]*|/\*.*?\*/", re.DOTALL)
_PACKAGE = re.compile(rb"(?:\s*#[^\n]*\n)*?\s*#\s*@package\s+([\w.]+)")
_KEY_AND_VALUE = re.compile(r"([A-Za-z_][\w.-]*)\s*[=:]\s*(.*)")
_REQUIRED = re.compile(
    r"([A-Za-z0-9][\w.-]*)\s*(?:\[[^\[\]]*\]\s*)?((?:[=<>~!@][^;#]*)?)(?:;[^#]*)?(?:\s#.*)?"
)


def json_defaults(source: bytes) -> FileDefaults:
    """The values of a JSON file; never raises."""
    doubled: dict[str, None] = {}

    def table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            times = Counter(key for key, _ in pairs)
            doubled.update(dict.fromkeys(key for key, count in times.items() if count > 1))
        return found

    try:
        text = source.decode("utf-8-sig")
        document = json.loads(text, object_pairs_hook=table, parse_float=read_float, parse_int=read_int)
    except RecursionError:
        return _unread("nested too deep")
    except ValueError as error:
        return _unread(f"not valid JSON: {error}")
    return _file_defaults(
        text, flattened("", document), [f"{key!r} stands twice: the last counts" for key in doubled]
    )


def commented_json_defaults(source: bytes) -> FileDefaults:
    """The values of JSON with comments or of JSON5: YAML, once its comments are gone; never raises."""
    return yaml_defaults(_COMMENT.sub(lambda found: found[1] or b" ", source).replace(b"\t", b" "))


def toml_defaults(source: bytes) -> FileDefaults:
    """The values of a TOML file; never raises."""
    try:
        text = source.decode("utf-8")
        document = tomllib.loads(text, parse_float=read_float)
    except RecursionError:
        return _unread("nested too deep")
    except ValueError as error:
        return _unread(f"not valid TOML: {error}")
    return _file_defaults(text, flattened("", document))


def yaml_defaults(source: bytes) -> FileDefaults:
    """The values of a YAML file; never raises. `1e-3` is a number, as in YAML 1.2."""
    try:
        document = load_yaml(source)
    except DocumentError as error:
        return _unread(str(error))
    values = ((name, _number_of_exponent(value)) for name, value in flattened("", document))
    package = _PACKAGE.match(source)
    found = _file_defaults(source.decode("utf-8", "replace"), values)
    return found if package is None else evolve(found, package=package[1].decode())


def ini_defaults(source: bytes) -> FileDefaults:
    """The values of an INI or .cfg file, `section.key`, all of them text; never raises."""
    text = source.decode("utf-8-sig", "replace")
    problems: list[str] = []
    parser = _ini_parser(is_strict=True)
    try:
        try:
            parser.read_string(text)
        except (configparser.DuplicateOptionError, configparser.DuplicateSectionError) as error:
            what = f"[{error.section}] stands twice"
            if isinstance(error, configparser.DuplicateOptionError):
                what = f"{error.option!r} stands twice: the last counts"
            problems.append(f"line {error.lineno}: {what}")
            parser = _ini_parser(is_strict=False)
            parser.read_string(text)
    except configparser.MissingSectionHeaderError as error:
        plain = _without_sections(text)
        return plain or _unread(f"not a valid INI file: {str(error).splitlines()[0]}")
    except (configparser.Error, ValueError, AttributeError) as error:
        return _unread(f"not a valid INI file: {str(error).splitlines()[0]}")
    pairs = [
        (f"{section}.{key}", value) for section in parser.sections() for key, value in parser.items(section)
    ]
    return _file_defaults(text, pairs, problems, is_text=True)


def _without_sections(text: str) -> FileDefaults | None:
    """The values of a file of `key = value` without sections; None where another line stands in it."""
    lines = [line.strip() for line in text.splitlines()]
    stated = [line for line in lines if line and line[0] not in "#;"]
    found = [_KEY_AND_VALUE.fullmatch(line) for line in stated]
    pairs = [(one[1], one[2]) for one in found if one is not None]
    return _file_defaults(text, pairs, [], is_text=True) if stated and len(pairs) == len(stated) else None


def _ini_parser(*, is_strict: bool) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(
        strict=is_strict, allow_no_value=True, default_section="", inline_comment_prefixes=None
    )
    parser.optionxform = str  # type: ignore[method-assign,assignment] # keys keep their capitals
    return parser


def _number_of_exponent(value: Scalar) -> Scalar:
    return read_float(value) if isinstance(value, str) and is_plain_exponent(value) else value


def _file_defaults(
    text: str, pairs: Iterable[tuple[str, Scalar]], problems: Iterable[str] = (), *, is_text: bool = False
) -> FileDefaults:
    lines = _lines_of_keys(text)
    items = (Default(name, value, lines.get(_last_key(name), 0)) for name, value in pairs if name)
    return file_defaults(items, problems, is_text=is_text)


def _lines_of_keys(text: str) -> dict[str, int]:
    """The lines of those keys that stand in one line only; which line another one means is not guessed."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        for key in _KEY.findall(line[:1000]):
            found[key] = 0 if key in found else number
    return found


def _last_key(name: str) -> str:
    return re.sub(r"(?:\[\d+\])+$", "", name).rpartition(".")[2]


def _unread(reason: str) -> FileDefaults:
    line = " ".join(reason.split())[:200]
    return FileDefaults(problems=(f"{line}; not read",))


@of_lines(is_text=True)
def requirement_defaults(lines: list[str]) -> Iterator[Default]:
    """The packages of requirements.txt and the like with what is asked of their versions."""
    for number, line in enumerate(lines, 1):
        found = _REQUIRED.fullmatch(line.strip().removesuffix("\\").strip())
        if found is not None:
            yield Default(found[1].lower(), "".join(found[2].split()), number)


def lock_defaults(source: bytes) -> FileDefaults:
    """The versions in a lock file in TOML (poetry, uv, PDM, Cargo); never raises. Others state nothing."""
    try:
        document = tomllib.loads(source.decode("utf-8"))
    except (ValueError, RecursionError):
        return FileDefaults()
    packages: Any = document.get("package")
    return file_defaults(
        (
            Default(str(item["name"]).lower(), str(item["version"]), 0)
            for item in (packages if isinstance(packages, list) else ())
            if isinstance(item, dict) and "name" in item and "version" in item
        ),
        is_text=True,
    )
