"""The resolutions of bundles; those that an earlier call found, where nothing has changed since.

What infers, and numpy with it, takes longer to import than to read the evidence of a small repository. It is
imported where it is needed: by then, copies of the process may be at the evidence.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, TypeAlias

from bisect_parity.kept import Kept
from bisect_parity.provenance.answers_state import answers_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeVar

    from bisect_parity.config import Settings
    from bisect_parity.evidence.model import Bundle
    from bisect_parity.history.repository import Repository
    from bisect_parity.provenance.background import Background
    from bisect_parity.provenance.model import Resolution

    Found = TypeVar("Found")
    Resolved: TypeAlias = tuple[list[Resolution], list[tuple[Bundle, Resolution]]]

__all__ = ["Answers", "Resolved"]


class Answers:
    """What `provenance` says of a repository's bundles; see `provenance.resolve`."""

    def __init__(self, repository: Repository, settings: Settings) -> None:
        self._repository = repository
        self._settings = settings

    @functools.cached_property
    def background(self) -> Background:
        """What git knows; it is read once."""
        from bisect_parity.provenance.background import Background  # noqa: PLC0415 - see the module

        return Background(self._repository)

    def read_ahead(self, roots: Iterable[str]) -> None:
        """Read the history, and import what infers, while the evidence below `roots` is read."""
        self.background.read_ahead(roots)
        import bisect_parity.provenance.resolve  # noqa: F401, PLC0415 - see the module

    def of_bundles(
        self, bundles: Sequence[Bundle], *, blind: bool, of_files: bool, past: bool
    ) -> list[Resolution]:
        """As `resolve_bundles`.

        Raises:
            RepositoryError: git cannot read the history.
        """
        ordered = sorted(bundles, key=_path)

        def resolve() -> list[Resolution]:
            from bisect_parity.provenance.resolve import resolve_bundles  # noqa: PLC0415 - see the module

            return resolve_bundles(
                self._repository,
                ordered,
                self._settings,
                blind=blind,
                of_files=of_files,
                past=past,
                background=self.background,
            )

        flags = (("blind", blind), ("of-files", of_files), ("past", past))
        question = "-".join(["bundles", *(name for name, is_set in flags if is_set)])
        found = self._kept(question, ordered, resolve)
        return [*_in_order(bundles, found), *found[len(bundles) :]]

    def of_runs(self, bundles: Sequence[Bundle]) -> Resolved:
        """As `resolve_runs`.

        Raises:
            RepositoryError: git cannot read the history.
        """
        ordered = sorted(bundles, key=_path)

        def resolve() -> Resolved:
            from bisect_parity.provenance.resolve import resolve_runs  # noqa: PLC0415 - see the module

            return resolve_runs(self._repository, ordered, self._settings, self.background)

        found, of_files = self._kept("runs", ordered, resolve)
        return _in_order(bundles, found), of_files

    def _kept(self, question: str, bundles: Sequence[Bundle], find: Callable[[], Found]) -> Found:
        state = answers_state(self._repository, bundles, self._settings)
        return Kept.of(self._repository.directory, question, state).or_else(find)


def _path(bundle: Bundle) -> str:
    return bundle.path


def _in_order(bundles: Sequence[Bundle], resolutions: Sequence[Resolution]) -> list[Resolution]:
    """The first resolutions, which are those of the bundles in the order of their paths, in another order."""
    by_path = {item.path: item for item in resolutions[: len(bundles)]}
    return [by_path[bundle.path] for bundle in bundles]
