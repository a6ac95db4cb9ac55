"""On which machine, and in whose account, a run says that it was made. Pure."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.evidence.formats.slurm import job_of
from bisect_parity.evidence.model import flat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bisect_parity.evidence.model import Bundle
    from bisect_parity.history.commit_details import Detail
    from bisect_parity.provenance.subject import Subject

HOST = re.compile(r"(?i)(?:.*[._])?(?:host|host_?name|node_?name|computer)")
CONTAINER = re.compile("[0-9a-f]{12}")  # as Docker calls its hosts
SYSTEM = re.compile(r"(?i)(?:.*[._])?(?:platform|os|os_name|operating_system)")
FAMILIES = {"linux": "linux", "darwin": "macos", "macos": "macos", "win": "windows", "windows": "windows"}
BATCH = "batch jobs"
USER = re.compile(r"(?i)(?:.*[._])?(?:user|user_?name|logname)")
DEVICE = re.compile(r"(?i)(?:[cgtx]pu|cuda|rocm|hip|mps|metal)\d*\b.*")  # as programs call what they ran on
ACCOUNT = re.compile(r"(?=.*[A-Za-z_])[\w.-]+")
HOME = re.compile(r"(?:/home|/Users|[A-Za-z]:[\\/]+Users)[\\/]+([\w.-]+)[\\/]")


def machine(bundles: Sequence[Bundle]) -> str:
    """The host that a run names, else its system, the longest name of it; else whether it was a batch job.

    Versions of a system are alike without their numbers, but not a cluster's and that of a laptop.
    """
    systems = (name for name in _values(bundles, SYSTEM) if DEVICE.fullmatch(name) is None)
    found = host(bundles) or _without_numbers(max(systems, key=len, default=""))
    files = (file.path.rpartition("/")[2] for bundle in bundles for file in bundle.artifacts)
    return found or (BATCH if any(map(job_of, files)) else "")


def may_be(machine: str, other: str) -> bool:
    """Whether a machine of which only the kind is known, one of `FAMILIES`, may be a host or another system.

    `Linux` is also called `Linux-6.8.0-x86_64`; which system a host has is not known.
    """
    kind = FAMILIES[machine.casefold()]
    begin = re.findall(r"\A[a-z]+", other.casefold())
    return FAMILIES.get("".join(begin), kind) == kind


def host(bundles: Sequence[Bundle]) -> str:
    """The host that a run names, without its domain and numbers, as nodes have; else empty.

    A container is not told from others: each run has another one.
    """
    hosts = (name for name in _values(bundles, HOST) if CONTAINER.fullmatch(name) is None)
    return _without_numbers(next(hosts, "").partition(".")[0])


def account(bundles: Sequence[Bundle]) -> str:
    """The account that a run names, or whose home its paths are in; else empty."""
    named = (name for name in _values(bundles, USER) if ACCOUNT.fullmatch(name))
    paths = (text for text in _texts(bundles) if "/home" in text or "Users" in text)
    homes = (found[1] for text in paths if (found := HOME.search(text)) is not None)
    return next(named, "") or next(homes, "")


def with_people(subjects: Sequence[Subject], details: Iterable[Detail]) -> list[Subject]:
    """The runs, with who made each, where its account is that of somebody who commits here.

    Args:
        subjects: the runs.
        details: of the commits around them.
    """
    people = {_account_of(person): person for person in sorted({detail.committer for detail in details})}

    def with_person(subject: Subject) -> Subject:
        named = account(subject.bundles).casefold() if subject.addition is not None else ""
        if not named or subject.addition is None:
            return subject
        own = {_account_of(person): person for person in subject.addition.people[::-1]}
        return evolve(subject, account=own.get(named) or people.get(named, ""))

    return [with_person(subject) for subject in subjects]


def _without_numbers(name: str) -> str:
    return re.sub(r"\d[\d.]*", "", name)


def _account_of(person: str) -> str:
    """What comes before the @ of an e-mail address, without the number that servers put before it."""
    return re.sub(r"^\d+\+", "", person.partition("@")[0]).casefold()


def _values(bundles: Sequence[Bundle], names: re.Pattern[str]) -> Iterator[str]:
    """The texts under some names."""
    for bundle in bundles:
        for found in flat(bundle.findings):
            for item in (*found.environment, *found.parameters):
                if _is_named(item.name, names) and item.value and isinstance(item.value, str):
                    yield item.value


@functools.lru_cache(maxsize=4096)  # runs of one program state the same
def _is_named(name: str, names: re.Pattern[str]) -> bool:
    return names.fullmatch(name) is not None


def _texts(bundles: Sequence[Bundle]) -> Iterator[str]:
    """All texts that may hold a path of the machine."""
    for bundle in bundles:
        for found in flat(bundle.findings):
            yield from (frame.file for frame in found.frames)
            yield from (word for command in found.commands for word in command.argv)
            for item in (*found.environment, *found.parameters):
                every = item.value if isinstance(item.value, list | tuple) else (item.value,)
                yield from (text for text in every if isinstance(text, str))
