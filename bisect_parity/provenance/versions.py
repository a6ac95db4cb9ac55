"""The version of the project itself that a run states, against the versions that its candidates declare.

Files are read from objects in one batch, and only where a run states a version of the project. Where none of
its candidates declares what is stated, it says nothing: what is installed keeps the version of that day.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import field, frozen

from bisect_parity.evidence.model import Parameter, flat
from bisect_parity.provenance.fingerprint import LEAST_PROBABILITY, MOST_CANDIDATES, Match, blob_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bisect_parity.history.repository import Repository
    from bisect_parity.provenance.posterior import Posterior
    from bisect_parity.provenance.subject import Subject

MOST_BYTES = 1 << 16  # of a file, in which the version is looked for
LEAST_PARTS = 3  # of a version that nothing says is the project's: "1.0" may be that of a format
METADATA: tuple[str, ...] = (
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "CMakeLists.txt",
    "Project.toml",
    "Cargo.toml",
)
METADATA += ("package.json", "meson.build", "DESCRIPTION", "VERSION", "VERSION.txt", "version.txt")
LONGEST_VALUE = 200
USUAL = METADATA[:3]  # one of which replaces the other in the course of a history
MOST_PACKAGES = 8
MODULES = ("__init__.py", "_version.py", "version.py", "__about__.py", "__version__.py")
ABOVE = ("", "src/")  # where the package lies
_NUMBER = r"v?(\d+(?:\.\d+)+(?:[-.]?[a-z]{1,12}[-.]?\d{0,8}){0,3})"
_VERSION = re.compile(_NUMBER)
_DECLARED = re.compile(
    rf"(?im)^[ \t]*[\"']?(?:__version__|version)[\"']?\s*(?::\s*str\s*=|[:=])\s*[\"']?{_NUMBER}(?![\w.])"
)
_PROJECT = re.compile(rf"(?is)\bproject\s*\([^()]*?\bversion\s*:?\s*[\"']?{_NUMBER}(?![\w.])")
_ALONE = re.compile(rf"\s*{_NUMBER}\s*")
_NAME = re.compile(
    r"(?im)^[ \t]*[\"']?name[\"']?\s*[:=]\s*[\"']([\w.-]{1,80})[\"']|\bproject\s*\(\s*[\"']?([\w.-]{1,80})"
)
_BY_TAGS = re.compile(
    r"setuptools[-_]scm|hatch-vcs|versioneer|versioningit|setuptools-git-versioning|dunamai|pbr"
)
_OWN_KEYS = frozenset(
    {"version", "code-version", "software-version", "project-version", "program-version", "app-version"}
)
_ABOUT = frozenset({"", "code", "software", "project", "program", "meta", "metadata", "info", "run", "app"})
_TOOLS = frozenset(
    {"python", "java", "julia", "node", "rust", "cuda", "gcc", "cmake"}
)  # folders are called so
_SAYING = frozenset({"source", "program", "software", "generator", "created-by", "model", "code", "producer"})
_PHRASE = re.compile(rf"([A-Za-z][\w.-]*?)[\s/]+{_NUMBER}(?![\w.]).*")
_FOLDER = re.compile(rb"40000 ([^\0]{1,80})\0")


@frozen
class StatedVersion:
    """A version of the project that a run states, and where."""

    version: str
    parameter: Parameter


@frozen
class _Project:
    """What the project is called at HEAD, and which files may declare its version.

    Attributes:
        names: as `_normal` writes them.
        files: paths.
        is_tagged: whether tags give its versions.
    """

    names: frozenset[str]
    files: tuple[str, ...]
    is_tagged: bool = field(default=False)


def read_versions(
    repository: Repository, subjects: Sequence[Subject], posteriors: Sequence[Posterior]
) -> list[tuple[StatedVersion | None, dict[str, Match]]]:
    """For each run, how far the version at each of its likely commits is the one that it states.

    Returns:
        for each run the version that it states, or None, and commit -> match.
    """
    versions = [list(_versions(subject)) for subject in subjects]
    if not any(versions):
        return [(None, {}) for _ in subjects]
    project = _read_project(repository)
    stated = [stated_version(some, project.names) for some in versions]
    likely = [
        each.likely(MOST_CANDIDATES, LEAST_PROBABILITY) if own is not None else []
        for own, each in zip(stated, posteriors, strict=True)
    ]
    declared = _read_declared(repository, {commit for some in likely for commit in some}, project)
    return [
        (own, {commit: _match(own, declared[commit]) for commit in some if own and commit in declared})
        for own, some in zip(stated, likely, strict=True)
    ]


def _versions(subject: Subject) -> Iterator[Parameter]:
    """All that a run states whose value is, or names, a version."""
    for bundle in subject.bundles:
        for findings in flat(bundle.findings):
            for each in (*findings.parameters, *findings.environment):
                value = each.value
                if not isinstance(value, str) or "." not in value or len(value) > LONGEST_VALUE:
                    continue
                if _VERSION.fullmatch(value) or _normal(each.name.rpartition(".")[2]) in _SAYING:
                    yield each


def stated_version(parameters: Iterable[Parameter], names: frozenset[str]) -> StatedVersion | None:
    """The version of the project among what a run states: by its name, else by a key that says nothing else.

    Args:
        parameters: all that state a version.
        names: of the project.
    """
    by_key = None
    for each in parameters:
        *parents, key = (_normal(part) for part in re.split(r"[. ]", each.name.replace("__", "")))
        above = parents[-1] if parents else ""
        whole = _VERSION.fullmatch(each.value)
        said = _PHRASE.fullmatch(each.value) if whole is None and key in _SAYING else None
        if said is not None and _normal(said[1]) in names:
            return StatedVersion(said[2], each)
        if whole is None:
            continue
        of = above if key == "version" and above else key.removesuffix("-version")
        if of in names:
            return StatedVersion(whole[1], each)
        if key in _OWN_KEYS and above in _ABOUT and whole[1].count(".") >= LEAST_PARTS - 1:
            by_key = by_key or StatedVersion(whole[1], each)
    return by_key


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower().strip("-")


def declared_version(path: str, content: str) -> str | None:
    """The version that a file declares, or None.

    Args:
        path: of the file, relative to the top.
        content: its text.
    """
    name = path.rpartition("/")[2]
    if name.upper().startswith("VERSION") and not name.endswith(".py"):
        found = _ALONE.fullmatch(content)
    elif name in ("CMakeLists.txt", "meson.build"):
        found = _PROJECT.search(content)
    else:
        found = _DECLARED.search(content)
    return None if found is None else found[1]


def _read_project(repository: Repository) -> _Project:
    """The names of the project at HEAD, from its folders and its metadata."""
    folders = [f"HEAD:{above.rstrip('/')}" for above in ABOVE]
    objects = list(repository.objects([*folders, *(f"HEAD:{name}" for name in METADATA)]))
    packages = [
        above + found[1].decode(errors="replace")
        for above, tree in zip(ABOVE, objects, strict=False)
        if tree is not None
        for found in _FOLDER.finditer(tree[2])
    ]
    texts = [_text(each[2]) for each in objects[len(ABOVE) :] if each is not None]
    called = {name for text in texts for found in _NAME.findall(text) for name in found if name}
    names = {_normal(name.rpartition("/")[2]) for name in packages} | {_normal(name) for name in called}
    own = [
        package
        for package in packages
        if _normal(package.rpartition("/")[2]) in {_normal(name) for name in called}
    ]
    here = {name for name, each in zip(METADATA, objects[len(ABOVE) :], strict=True) if each is not None}
    modules = (f"{package}/{module}" for package in (own or packages)[:MOST_PACKAGES] for module in MODULES)
    files = (*(name for name in METADATA if name in here or name in USUAL), *modules)
    return _Project(frozenset(names - _TOOLS), files, any(_BY_TAGS.search(text) for text in texts))


def _read_declared(repository: Repository, commits: set[str], project: _Project) -> dict[str, dict[str, str]]:
    """Commit -> file -> version that it declares; or, in a project whose tags give it, "a tag" -> version."""
    asked = [(commit, file) for commit in sorted(commits) for file in project.files]
    blobs = blob_ids(repository, [f"{commit}:{file}" for commit, file in asked])
    wanted = dict.fromkeys((blob, file) for blob, (_, file) in zip(blobs, asked, strict=True) if blob)
    contents = repository.objects(blob for blob, _ in wanted)
    versions = {
        key: declared_version(key[1], _text(each[2])) if each is not None else None
        for key, each in zip(wanted, contents, strict=True)
    }
    found: dict[str, dict[str, str]] = {}
    for (commit, file), blob in zip(asked, blobs, strict=True):
        version = versions.get((blob, file))
        if version is not None:
            found.setdefault(commit, {})[file] = version
    return found or (_tagged(repository, commits) if project.is_tagged else {})


def _tagged(repository: Repository, commits: set[str]) -> dict[str, dict[str, str]]:
    """Commit -> the versions of its tags, as they are shown; a commit without one is at no release."""
    listed = repository.git(
        "for-each-ref", "--format=%(refname:strip=2) %(objectname) %(*objectname)", "refs/tags"
    )
    tags: dict[str, str] = {}
    for line in listed.decode(errors="replace").splitlines():
        name, _, ids = line.partition(" ")
        version = _VERSION.fullmatch(name.rpartition("/")[2])
        if version is not None:
            tags[ids.split()[-1]] = version[1]
    return {commit: {"a tag": tags.get(commit, "none")} for commit in commits} if tags else {}


def _text(content: bytes) -> str:
    return content[:MOST_BYTES].decode(errors="replace")


def _match(own: StatedVersion, declared: Mapping[str, str]) -> Match:
    """Whether one of the files declares what is stated."""
    fits = next((file for file, version in declared.items() if version == own.version), None)
    if fits is not None:
        return Match(1, 0, f"{fits} says {own.version}")
    file, version = next(iter(declared.items()))
    return Match(0, 1, f"{file} says {version}")
