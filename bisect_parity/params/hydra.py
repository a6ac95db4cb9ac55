"""The configuration that a Hydra program composes: its defaults list, with the groups that were chosen. Pure.

Composed as Hydra does: in the order of the defaults list, later values over earlier ones, and a file's own
values where `_self_` stands, or last. What interpolates (`${...}`) stays as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.params.model import FileDefaults

if TYPE_CHECKING:
    from bisect_parity.params.model import Default

DEEPEST = 8
_ENTRY = re.compile(r"defaults\[(\d+)\](?:\.(.+))?")
_GROUP = re.compile(r"(?:optional\s+|override\s+)*/?([^@]+)(?:@(.+))?")


@frozen
class _Composer:
    files: Mapping[str, FileDefaults]
    folder: str
    chosen: Mapping[str, str]

    def compose(self, name: str, package: str, depth: int = 0) -> Iterator[tuple[str, str, Default]]:
        """The values of a file of the configuration and of what its defaults list names."""
        path = self.path(name)
        content = self.files.get(path)
        if content is None or depth > DEEPEST:
            return
        own = self._own(path, content, package)
        was_self = False
        for group, option, target in self._listed(content, name, package):
            if group == "_self_":
                yield from own
                was_self = True
            elif option:
                yield from self.compose(f"{group}/{option}" if group else option, target, depth + 1)
        if not was_self:
            yield from own

    def groups(self, name: str) -> frozenset[str]:
        """The groups in the defaults list of a file."""
        content = self.files.get(self.path(name))
        return frozenset(
            () if content is None else (group for group, _, _ in self._listed(content, name, ""))
        )

    def path(self, name: str) -> str:
        """The file of a name, whether it is there or not."""
        stem = f"{self.folder}/{name}" if self.folder else name
        return next(
            (f"{stem}{end}" for end in (".yaml", ".yml") if f"{stem}{end}" in self.files), f"{stem}.yaml"
        )

    def _own(self, path: str, content: FileDefaults, package: str) -> list[tuple[str, str, Default]]:
        place = package if content.package is None else content.package.removeprefix("_global_").lstrip(".")
        prefix = f"{place}." if place else ""
        return [
            (f"{prefix}{item.name}", path, item)
            for item in content.values
            if not item.name.startswith(("defaults[", "hydra."))
        ]

    def _listed(self, content: FileDefaults, name: str, package: str) -> Iterator[tuple[str, str, str]]:
        """The entries of a defaults list: group, option, and the package that its values go to."""
        folder = name.rpartition("/")[0]
        for item in content.values:
            entry = _ENTRY.fullmatch(item.name)
            if entry is None:
                continue
            if entry[2] is None:
                text = str(item.value)
                yield ("_self_", "", "") if text == "_self_" else (folder, text, package)
                continue
            found = _GROUP.fullmatch(entry[2])
            if found is None:
                continue
            group = found[1].strip()
            is_absolute = "/" in entry[2].split("@")[0].strip() and entry[2].lstrip().startswith("/")
            whole = group if is_absolute or not folder else f"{folder}/{group}"
            own_package = found[2] or whole.replace("/", ".")
            option = self.chosen.get(whole) or (item.value if isinstance(item.value, str) else "")
            yield whole, option, "" if own_package == "_global_" else own_package


def composed(
    files: Mapping[str, FileDefaults], folder: str, name: str, words: Sequence[tuple[str, str]]
) -> dict[str, tuple[str, Default]]:
    """The values of a composed configuration.

    Args:
        files: of the commit, by path.
        folder: of the configuration, relative to the top.
        name: of the primary file, with or without its suffix.
        words: `key=value` of the command line, in order; those that name a group choose its option.

    Returns:
        by key, the file that states the value, and the value; what the command line sets is not among them.
    """
    plain = re.sub(r"\.ya?ml$", "", name)
    groups = _Composer(files, folder, {})
    chosen = {key: value for key, value in words if groups.path(f"{key}/{value}") in files}
    composer = _Composer(files, folder, chosen)
    found = {key: (path, item) for key, path, item in composer.compose(plain, "")}
    for group, option in chosen.items():
        if group not in composer.groups(plain):  # `+group=option`, appended
            added = composer.compose(f"{group}/{option}", group.replace("/", "."))
            found |= {key: (path, item) for key, path, item in added}
    given = {key for key, _ in words}
    return {key: value for key, value in found.items() if key not in given}
