"""Whatever stands in a file, the readers of other tools' formats answer, and keep nothing secret."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bisect_parity.evidence.formats import (
    asv,
    dvc,
    github_action_benchmark,
    google_benchmark,
    hydra,
    junit,
    mlflow,
    namelist,
    notebook,
    pytest_benchmark,
    sacred,
    tensorboard,
    wandb,
)
from tests.evidence.formats.tools import DATA, assert_sound, real_files

if TYPE_CHECKING:
    from bisect_parity.evidence.formats.reader import FormatReader

TOOLS: dict[str, FormatReader] = {
    "asv": asv.READER,
    "ctest": junit.CTEST,
    "dvc": dvc.READER,
    "github_action_benchmark": github_action_benchmark.READER,
    "google_benchmark": google_benchmark.READER,
    "hydra": hydra.READER,
    "junit": junit.READER,
    "mlflow": mlflow.READER,
    "namelist": namelist.READER,
    "notebook": notebook.READER,
    "pytest_benchmark": pytest_benchmark.READER,
    "sacred": sacred.READER,
    "tensorboard": tensorboard.READER,
    "wandb": wandb.READER,
}
FILES = [(reader, path, data) for tool, reader in TOOLS.items() for path, data in real_files(tool, reader)]
JSON = [
    (reader, path, json.loads(data[data.index(b"{") :] if path.endswith(".js") else data))
    for reader, path, data in FILES
    if path.endswith((".json", ".js"))
]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([10**400, -(10**30), float("nan"), float("inf"), 1e308, 0, 1]),
    st.sampled_from(["", "\x1b[31m", "\ud800", "$(git rev-parse HEAD)", "-x", "a" * 100_000, "9" * 30]),
    st.lists(st.integers() | st.text() | st.none(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers() | st.text(), max_size=3),
)
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all values in a document."""
    found = [path]
    if isinstance(value, dict):
        for key, item in value.items():
            found += spots(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += spots(item, (*path, index))
    return found


def replaced(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    """A copy of a document with another value at a path."""
    if not path:
        return odd
    if isinstance(value, dict):
        return {key: replaced(item, path[1:], odd) if key == path[0] else item for key, item in value.items()}
    return [replaced(item, path[1:], odd) if index == path[0] else item for index, item in enumerate(value)]


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_there_are_real_files_of_every_tool_with_a_word_on_how_they_were_made(tool: str) -> None:
    assert real_files(tool, TOOLS[tool])
    assert (DATA / tool / "README.md").read_text(encoding="ascii")


@pytest.mark.parametrize(("reader", "path", "data"), FILES, ids=[path for _, path, _ in FILES])
def test_one_reader_claims_a_real_file_and_reads_it_without_a_problem(
    reader: FormatReader, path: str, data: bytes
) -> None:
    claimers = [name for name, other in TOOLS.items() if other.claims(PurePosixPath(path), data[:4096])]
    assert claimers == [path.partition("/")[0]]
    found = reader.read(path, data)
    assert_sound(found, path)
    assert not found.problems


@given(st.sampled_from(FILES), st.binary(max_size=400))
@FEW
def test_random_bytes_in_the_place_of_a_file_are_answered(
    file: tuple[FormatReader, str, bytes], data: bytes
) -> None:
    reader, path, _ = file
    assert_sound(reader.read(path, data), path)
    assert reader.claims(PurePosixPath(path), data) in (True, False)


@given(st.sampled_from(FILES), st.data())
@FEW
def test_real_files_that_were_damaged_are_answered(
    file: tuple[FormatReader, str, bytes], draw: st.DataObject
) -> None:
    reader, path, data = file
    at = draw.draw(st.integers(0, len(data)))
    end = draw.draw(st.integers(at, len(data)))
    middle = draw.draw(
        st.sampled_from([b"", b"\0", b"\xff", b"}", b"[", b"NaN", b"-", b"&a *a", data[at:end] * 2])
    )
    assert_sound(reader.read(path, data[:at] + middle + data[end:]), path)
    assert_sound(reader.read(path, data[:at]), path)


@given(st.sampled_from(JSON), st.data())
@FEW
def test_values_of_another_type_anywhere_in_a_real_file_are_answered(
    file: tuple[FormatReader, str, Any], draw: st.DataObject
) -> None:
    reader, path, document = file
    changed = replaced(document, draw.draw(st.sampled_from(spots(document))), draw.draw(ODD))
    assert_sound(reader.read(path, json.dumps(changed).encode()), path)


@pytest.mark.parametrize(("reader", "path", "data"), FILES, ids=[path for _, path, _ in FILES])
def test_an_empty_file_is_answered(reader: FormatReader, path: str, data: bytes) -> None:
    assert_sound(reader.read(path, b""), path)


def test_the_files_name_no_machine_and_no_one() -> None:
    for _, path, data in FILES:
        assert not [word for word in (b"tmp", b"root", b"work", b"opt") if b"/" + word + b"/" in data], path
        assert set(re.findall(rb"@[\w.-]+", data)) <= {b"@example.org"}, path
