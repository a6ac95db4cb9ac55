"""Environment modules, which clusters choose compilers and libraries by: `module load gcc/12.2`. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LOADED = "LOADEDMODULES"  # in which Lmod and Environment Modules keep what is loaded
_UNLOADS = frozenset({"unload", "rm", "remove", "del"})
_SWAPS = frozenset({"swap", "switch", "sw"})
_EMPTIES = frozenset({"purge", "reset"})
_VERBS = frozenset({"load", "add", "try-load", "try-add"}) | _UNLOADS | _SWAPS | _EMPTIES


def loaded_after(loaded: Sequence[str], words: Sequence[str]) -> list[str]:
    """The modules that are loaded after a call of `module`, or of `ml`, which means `module load`.

    Args:
        loaded: before, such as `gcc/12.2.0`.
        words: of the call, with its name.
    """
    name, *rest = words
    plain = [word for word in rest if not word.startswith("-")]
    verb, names = (plain[0], plain[1:]) if plain and plain[0] in _VERBS else ("load" * (name == "ml"), plain)
    if not verb:
        return list(loaded)
    if verb in _EMPTIES:
        return []
    gone = {
        word.removeprefix("-").partition("/")[0] for word in rest
    }  # `ml -gcc` unloads; a new one replaces
    kept = [word for word in loaded if word and word.partition("/")[0] not in gone]
    if verb in _UNLOADS:
        return kept
    return kept + (names[1:] or names if verb in _SWAPS else names)


def module_versions(text: str) -> Iterator[tuple[str, str]]:
    """The names and versions of the modules in a list as `LOADEDMODULES` has it."""
    for word in text.split(":"):
        name, _, version = word.rpartition("/") if "/" in word else (word, "", "")
        if name:
            yield name, version or "default"
