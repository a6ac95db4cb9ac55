"""What a range changes in the packages that its commits ask for, and that no check installed."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from bisect_parity.history.repository import Repository
    from bisect_parity.parity.case import Case

TOLD = 5
REMEDY = (
    "Each check ran with the packages that are here now. If one of them may be to blame, have each check"
    " install what its commit asks for, in an environment below {scratch} (`prepare`)."
)
_LISTS = re.compile(  # any change of these is one of what is to be installed
    r"(?:.*/)?(?:[\w.-]*requirements[\w.-]*\.(?:txt|in)|constraints[\w.-]*\.txt|environment[\w.-]*\.ya?ml"
    r"|(?:poetry|uv|pdm|Pipfile|conda|pixi|Cargo)[\w-]*\.lock|conda-lock\.yml|Pipfile|pixi\.toml|package-lock\.json"
    r"|yarn\.lock|Manifest\.toml|spack\.yaml|renv\.lock)"
)
_PROJECTS = re.compile(r"(?:.*/)?(?:pyproject\.toml|setup\.(?:cfg|py)|meta\.ya?ml|recipe\.ya?ml)")
_PACKAGE = re.compile(  # a line of a diff that names a package with its versions
    r"[-+](?![-+]).*(?:\w\s*(?:[=~<>!]=|[<>])\s*\d|\w @ |dependencies|requires|python\s*=)", re.IGNORECASE
)
_INSTALLERS = re.compile(
    r"(?:^|[\s/\"'])(?:pip3?|uv|conda|mamba|micromamba|poetry|pdm|pixi|tox|nox|spack|npm|cargo)\b"
)


def requirements_text(repository: Repository, old: str, new: str, case: Case) -> tuple[str, ...]:
    """That the packages that commits ask for changed, where each check had the same; empty otherwise.

    Args:
        repository: where the commits are.
        old, new: full ids of both ends.
        case: whose commands may install what a commit asks for.

    Raises:
        RepositoryError: git cannot read a commit.
    """
    if any(_INSTALLERS.search(" ".join(command)) for command in case.commands()):
        return ()
    paths = repository.fields("diff-tree", "-r", "--name-only", old, new)
    changed = [path for path in paths if _LISTS.fullmatch(path)]
    changed += [
        path for path in paths if _PROJECTS.fullmatch(path) and _asks_otherwise(repository, old, new, path)
    ]
    if not changed:
        return ()
    named = shlex.join(changed[:TOLD])
    return (
        f"But what is to be installed changed: git diff {old[:SHORT]} {new[:SHORT]} -- {named}",
        REMEDY,
    )


def _asks_otherwise(repository: Repository, old: str, new: str, path: str) -> bool:
    words = (
        "-r",
        "-p",
        "-U0",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        old,
        new,
        "--",
        f":(top,literal){path}",
    )
    told = repository.git("diff-tree", *words).decode(errors="replace")
    return any(_PACKAGE.match(line) for line in told.splitlines())
