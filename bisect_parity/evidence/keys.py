"""Which keys hold commit ids, times and figures, in any spelling, and which values are secret. Pure."""

from __future__ import annotations

import functools
import re
from typing import Any

from bisect_parity.evidence.model import Findings, Record, Source, TimeStatement, Trust, flat
from bisect_parity.files import printable
from bisect_parity.redaction import redact

LONGEST_TEXT = 200
DAY = 86400
TIMES = ("time", "seconds")  # what something took; a column of a table may hold simulated time
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_remembering = functools.lru_cache(maxsize=4096)  # a thousand runs write the same keys
_ID_KEY = re.compile(
    r"(?:(?:git|repo|repository|source|code|vcs|head|build)[ _.-]?)?"
    r"(?:sha1?|commit|head|rev|revision|(?:short|full)[ _-]?sha)(?:[ _-]?(?:sha1?|hash|id))?"
    r"|current head|git[ _-]?hash|git_short_sha|git_describe|git[ _-]?log|(?:git[ _-]?)?last[ _-]?commit",
    re.IGNORECASE,
)
_SERVER_VARIABLES = frozenset(  # what the servers that build and test call the commit
    {"github_sha", "ci_commit_sha", "ci_commit_short_sha", "circle_sha1", "travis_commit", "buildkite_commit"}
    | {"bitbucket_commit", "drone_commit", "drone_commit_sha", "semaphore_git_sha", "appveyor_repo_commit"}
    | {
        "build_vcs_number",
        "build_sourceversion",
        "codebuild_resolved_source_version",
        "cirrus_change_in_repo",
    }
    | {"heroku_slug_commit", "vercel_git_commit_sha", "render_git_commit", "cf_pages_commit_sha"}
)
_TIME_KEY = re.compile(
    r"(?!run_?time$)"
    r"(?:utc|local|run|start|begin|end|stop|created|generated|captured|recorded|executed|finish|test"
    r"|bench(?:mark)?|experiment|evaluation|eval|job|session|launch|unix|epoch|execution)?[ _-]?"
    r"(?:time[ _-]?stamp|date[ _-]?time|date|time|ts"
    r"|started|stopped|finished|completed|created|generated|captured"
    r"|(?:run|ran|executed|measured|recorded|evaluated|trained|logged|saved)[ _-]?(?=at|on))"
    r"(?:[ _-]?(?:utc|gmt|local|at|on|iso|ms|unix|epoch|start(?:ed)?|begin|end(?:ed)?|complete(?:d)?))*"
    r"|(?:started|start|begin|began|ended|end|finished|stopped)[ _-]?(?:utc|gmt)"
    r"|started|start|begin|began|stamp"
    r"|t_?start|t_?end|(?:run|job|test|bench(?:mark)?|experiment|session)[ _-]?(?:start|begin|end)|utc"
    r"|when|date[ _-]?created|creation[ _-]?(?:date|time)"
    r"|datum|zeitstempel|zeitpunkt|uhrzeit|beginn|gestartet|beendet|fecha|inicio|horodatage",
    re.IGNORECASE,
)
_PERIOD_KEY = re.compile(r"(?:start|begin|end|stop)[ _-]?(?:date|day)", re.IGNORECASE)
_METRIC = re.compile(
    r"(?i)(?:.*[_ .-])?(?:correlation|corr|pearson_?r?|sum_?ratio|rmse|mse|speedup|max_abs_(?:diff|err)\w*"
    r"|(?:c|py|ref|reference|cand|candidate)_sum|sum_(?:c|py|ref|reference|cand|candidate))(?:_(?:cold|warm))?"
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WANTED = re.compile(r"(?i)target|desired|required|allowed|expected|threshold|tol|limit|weight|scale")
_FIGURE = re.compile(  # names of what is measured, whatever the field; a unit or the case may follow
    r"(?i)(?:.*[^a-z])?(?:loss|acc|accuracy|f1|auc|auroc|roc_auc|m?ap(?:[@_]?\d+)?|m?iou|dice|psnr|ssim|fid|bleu"
    r"|rouge\w{0,4}|[wc]er|perplexity|ppl|reward|rew|score|r2|err|error|mae|mape|rms|residual|drift|latency|throughput"
    r"|fps|g?flops|gflop/?s|[kmg]b_?ps|bandwidth|elapsed|runtime|wall(?:_?clock)?(?:_?time)?|ops_per_sec"
    r"|ns_per_iter|sharpe|(?:success|solve|win|error|hit|pass|failure)_rate"
    r"|(?:mean|median|avg|std|p\d\d|total|wall|elapsed|duration|time)[_ ]?(?:[mun]?s|ts|sec(?:onds?)?)"
    r"|(?:mean|median|avg|average|solve|fit|train(?:ing)?|exec(?:ution)?|inference|[cg]pu|elapsed)_?time)"
    r"(?:[_ ](?:mean|avg|val|test|train|final|best|s|ms|sec|seconds|norm|stderr|none))*(?:,\w+|\(\w+\))?"
    r"|(?:rmse?|mae|mape|mse|psnr|ssim)_\w+"
)
_DAY_DIGITS = r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{4}|\d{6})?"
SOME_ID = re.compile("[0-9a-f]{7}")  # without which a line names no commit, and need not be searched for more
_HEX = re.compile(  # a date is no id; "-g" stands before the id in the output of git describe
    rf"(?i)(?:(?<![0-9a-z])|(?<=-g))(?!d?{_DAY_DIGITS}(?![0-9a-z]))"
    r"([0-9a-f]{7,40}|[0-9a-f]{64})(?![0-9a-z])"
)
_PLACEHOLDER = re.compile(
    r"(?i)^[\s`'\"(<\[*]*(\$\(|\$\{|\$git|git rev-parse|to be |tbd|todo|head\b|unknown|n/?a\b|none\b|null\b"
    r"|pending|pre-?commit|unversioned|not recorded|unavailable|current\b|fill|sha\b|commit\b"
    r"|hash\b|x{4,}|\?+)"
)
_DIRTY = re.compile(  # right behind the id, or within parentheses: a subject may speak of dirt, too
    r"(?i)^(?:\W{0,4}(?:dirty|modified|uncommitted|local changes)\b|\+(?!\w))"
    r"|\((?:[^()]*[\W_])?(?<!no )(?<!not )(?:dirty|modified|uncommitted|local changes)\b"
)
_SECRET = re.compile(r"(?i)token|secret|passw|credential|api_?key|private|auth|cookie|session")
_OPEN = re.compile(  # words of a text, who wrote it, and when a program was started
    r"(?i)authors?(?![a-z])|tokeni[sz]\w*|tokens?[ _./-]?(?:per|count|seen|processed|total)\w*"
    r"|(?:n|num|max|min|total|prompt|completion|input|output|new|train(?:ing|ed)?|eval)[ _-]?"
    r"(?:\w+[ _-])?tokens?(?![a-z])"
    r"|sessions?[ _-]?(?:info|start\w*|time\w*|duration\w*|index|number|count)(?![a-z])"
)


@_remembering
def is_id_key(key: str) -> bool:
    """Whether a key or label names a commit id."""
    name = key.strip()
    return _ID_KEY.fullmatch(name) is not None or name.lower() in _SERVER_VARIABLES


@_remembering
def is_time_key(key: str) -> bool:
    """Whether a key or label names the time of a run."""
    return _TIME_KEY.fullmatch(key.strip()) is not None


@_remembering
def time_marks(key: str) -> str:
    """Whether a time is the start or the end of the run, judged by its key."""
    small = key.lower()
    if any(word in small for word in ("end", "stop", "finish", "complete")):
        return "end"
    return "start" if any(word in small for word in ("start", "begin", "began", "inicio")) else "unknown"


@_remembering
def is_metric(key: str) -> bool:
    """Whether a key names a figure of parity or speed."""
    return _METRIC.fullmatch(key.strip()) is not None


@_remembering
def is_figure(key: str) -> bool:
    """Whether a key names what is usually measured, in whatever field; a name alone proves nothing."""
    words = _HUMP.sub("_", key.strip())  # valLoss is val_Loss
    is_named = _FIGURE.fullmatch(words) is not None and _WANTED.search(key) is None
    return is_named or is_metric(key)


def is_of_period(key: str, time: TimeStatement) -> bool:
    """Whether a key names an end of the period that a computation is about, and not when it was run.

    A run begins at a time of day; `start_date` of a simulation or of data is a day, or its midnight.
    """
    return _PERIOD_KEY.fullmatch(key.strip()) is not None and time.seconds % DAY == 0


@_remembering
def is_secret(name: str) -> bool:
    """Whether a key's value must never be kept."""
    return _SECRET.search(name) is not None


@_remembering
def hides_all(name: str) -> bool:
    """Whether not even numbers and objects under a key may be kept; `tokens_per_s` is no secret."""
    return is_secret(name) and is_secret(_OPEN.sub("", name))


def one_line(text: str) -> str:
    """A text to quote: one printable line of bounded length, without secrets."""
    line = redact(text[: 8 * LONGEST_TEXT].strip())
    if line.isprintable():
        return line[:LONGEST_TEXT]
    return printable(line).replace("\n", " ").replace("\t", " ")[:LONGEST_TEXT]


def make_record(key: str, value: Any, trust: Trust, source: Source) -> Record | None:
    """A record out of the value of an id key; None where it is neither an id nor stands in an id's place."""
    if not isinstance(value, str):
        return None
    text = value[:1000].strip()
    found = _HEX.search(text)
    if _PLACEHOLDER.match(text) and (found is None or "$(" in text):
        return Record(one_line(text)[:80], key, trust, False, source)
    if found is None or (trust is not Trust.MACHINE and found.start() > LONGEST_TEXT // 2):
        return None
    rest = text[found.end() :]
    dirty = True if _DIRTY.search(rest) else None
    return Record(found[1].lower(), key, trust, True, source, dirty)


def name_words(name: str) -> list[str]:
    """The words that a name is made of, in whatever case: learningRate and learning_rate are two."""
    return [word.lower() for word in _WORD.findall(name)]


def names_figure(name: str) -> bool:
    """Whether one of some keys, joined by dots, names a figure; an object of a loss holds its settings."""
    *parents, last = re.split(r"[.\[]", name)
    if last in TIMES:
        return True
    return is_figure(last) or any(is_figure(part) for part in parents if "loss" not in part.lower())


def measured(findings: Findings) -> tuple[tuple[str, float | None], ...]:
    """The figures of parity and speed in a file, with their names; where there are none, the others."""
    parts = list(flat([findings]))
    metrics = tuple((metric.name, metric.value) for part in parts for metric in part.metrics)
    return metrics or tuple(
        (item.name, item.value)
        for part in parts
        for item in part.parameters
        if isinstance(item.value, float) and names_figure(item.name)
    )
