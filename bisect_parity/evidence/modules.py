"""Environment modules, which clusters choose compilers and libraries by: `module load gcc/12.2`. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LOADED = "LOADEDMODULES"  # in which Lmod and Environment Modules keep what is loaded
_UNLOADS = frozenset({"unload", "rm", "remove", "del"})
_SWAPS = frozenset({"swap", "switch", "sw"})
_EMPTIES = frozenset({"purge", "reset"})
_VERBS = frozenset({"load", "add", "try-load", "try-add"}) | _UNLOADS | _SWAPS | _EMPTIES
_TELLS = """
    list avail av spider keyword key show display whatis help use unuse save restore savelist is-loaded
"""  # what `ml` is also asked for, and loads nothing
_VERSION = re.compile(r"/(v?\d[^/]*)$")  # other parts of a name are a category: `lib/fftw/3.3`


def loaded_after(loaded: Sequence[str], words: Sequence[str]) -> list[str]:
    """The modules that are loaded after a call of `module`, or of `ml`, which means `module load`.

    Args:
        loaded: before, such as `gcc/12.2.0`.
        words: of the call, with its name.
    """
    name, *rest = words
    plain = [word for word in rest if not word.startswith("-")]
    verb, names = (plain[0], plain[1:]) if plain and plain[0] in _VERBS else ("load" * (name == "ml"), plain)
    if not verb or (names and names[0] in _TELLS.split()):
        return list(loaded)
    if verb in _EMPTIES:
        return []
    gone = tuple(f"{_VERSION.sub('', word.removeprefix('-'))}/" for word in rest)  # `ml -gcc` unloads, too
    kept = [word for word in loaded if word and not f"{word}/".startswith(gone)]
    if verb in _UNLOADS:
        return kept
    return kept + (names[1:] or names if verb in _SWAPS else names)


def module_versions(text: str) -> Iterator[tuple[str, str]]:
    """The names and versions of the modules in a list as `LOADEDMODULES` has it."""
    for word in text.split(":"):
        if word:
            found = _VERSION.search(word)
            yield _VERSION.sub("", word), found[1] if found else "default"
