"""What the objects in a document are about, judged by the keys that lead to them. Pure."""

from __future__ import annotations

import functools
import re

COMMIT_KEYS = re.compile(  # objects that describe a commit: times in them are the commit's own
    r"(?i)git|repo|repository|vcs|(?:git[_-]?|last[_-]?|head[_-]?)?(?:commit|revision|head)(?:[_-]?info)?|git[_-]?info"
)
OTHERS_KEYS = re.compile(  # objects that describe what a run used: the commits in them are those of others
    r"(?i)sub_?modules?|dependenc(?:y|ies)|deps|(?:\w+_)?packages?|third_?party|extern(?:al)?s?"
    r"|librar(?:y|ies)|containers?|docker|upstream"
)
ASSET_KEYS = re.compile(  # data and weights have revisions of their own
    r"(?i)(?:\w+_)?(?:data_?sets?|data|models?|tokenizers?|weights|checkpoints?)(?:_?(?:info|config|args))?"
)
SUBJECT_KEY = re.compile(
    r"(?i)(?P<of>(?:git|(?:last|head)?[ _-]?commit|head)[ _-]?)?(?:message|msg|subject|summary|title)"
)
COMMIT_TIME_KEY = re.compile(
    r"(?i)(?:git[ _-]?)?(?:(?:commit(?:ter|ted)?|head)[ _-]?(?:date|time|time[ _-]?stamp)"
    r"|committed[ _-]?(?:at|on))"
)
FIGURES_KEYS = re.compile(r"(?i)(?:\w+_)?(?:metrics|scores|timings|measurements|losses)")
QUOTING_KEYS = re.compile(  # what lies below is about another run
    r"(?i)(?:baseline|reference|previous|prior|good|bad|expected|before|golden|upstream)"
    r"(?:[ _-]?(?:run|bundle))?"
)
_VARIABLES = re.compile(r"(?i)(?<![a-z])env(?:iron(?:ment)?)?(?![a-z])|variables")
_MACHINE = re.compile(
    r"(?i)host(?:_?name)?|node_?name"
    r"|(?:(?:python|pip|conda|r|julia|installed|software|library|tool)_?)?(?:packages|versions|libraries)(?:\.\w+)?"
    r"|(?:python|numpy|torch|cuda|cudnn|driver|compiler|gcc|mpi|julia|r)_version|platform|hardware|machine"
)


@functools.lru_cache(maxsize=4096)
def is_of_commit(parents: str) -> bool:
    """Whether one of some keys, joined by dots, names an object that describes a commit."""
    return any(COMMIT_KEYS.fullmatch(part) for part in parents.split("."))


@functools.lru_cache(maxsize=4096)
def is_of_another(parents: str, key: str) -> bool:
    """Whether an id below some keys, joined by dots, is that of something else than the code of the run."""
    parts = [part.partition("[")[0] for part in parents.split(".")]
    if any(OTHERS_KEYS.fullmatch(part) for part in parts):
        return True
    is_plain = "commit" not in key.lower() and "git" not in key.lower()
    return is_plain and any(ASSET_KEYS.fullmatch(part) for part in parts)


@functools.lru_cache(maxsize=4096)
def is_subject_key(parents: str, key: str) -> bool:
    """Whether a key names the subject of a commit, by itself or below some keys, joined by dots."""
    found = SUBJECT_KEY.fullmatch(key.strip())
    return found is not None and (found["of"] is not None or is_of_commit(parents))


@functools.lru_cache(maxsize=4096)
def is_commit_time_key(key: str) -> bool:
    """Whether a key names the time of a commit."""
    return COMMIT_TIME_KEY.fullmatch(key.strip()) is not None


@functools.lru_cache(maxsize=4096)
def is_of_figures(parents: str) -> bool:
    """Whether some keys, joined by dots, lead to an object that holds figures."""
    return any(FIGURES_KEYS.fullmatch(part) for part in parents.split("."))


@functools.lru_cache(maxsize=4096)
def is_environment_key(key: object) -> bool:
    """Whether a key names an object about host and software, or the name of a file says so."""
    return _VARIABLES.search(str(key)) is not None or _MACHINE.fullmatch(str(key)) is not None


def holds_variables(keys: str) -> bool:
    """Whether one of some keys, joined by dots, names environment variables, of which any may be a secret."""
    return _VARIABLES.search(keys) is not None


@functools.lru_cache(maxsize=4096)
def is_quoting_key(key: str) -> bool:
    """Whether what lies below a key is about another run."""
    return QUOTING_KEYS.fullmatch(key) is not None
