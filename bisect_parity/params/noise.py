"""What differs between any two runs and says nothing of their parameters. Pure."""

from __future__ import annotations

import ast
import itertools
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from bisect_parity.evidence.keys import name_words
from bisect_parity.evidence.numbers import NUMBER, is_number
from bisect_parity.params.model import Expression, Origin, name_parts, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.params.model import Value

STAMP = "<stamp>"
DIGITS_TYPED = 10
DIGITS_OF_SETTING = 3
DIGITS_OF_COUNT = 4
NO_NUMBERS = ("nan", "inf", "infinity", "none", "null")
LENGTH_OF_DIGEST = 32
_STAMP = re.compile(r"(?<!\d)20\d{6}[T-]\d{6}Z?(?!\d)")
_MEASURED = re.compile(r"(?i)(?:.*_)?(?:time|seconds|duration|elapsed|runtime_s|mem|memory|speedup)(?:_.*)?")
_FIGURE = re.compile(
    r"(?i)(?:.*[_.\s-])?(?:err|errors?|loss|accuracy|acc|residuals?|rms|rmse|mse|mae|psnr|ssim|auc|f1)"
)
_GIVEN = re.compile(  # looks like a measurement by its name, and is set before a run
    r"(?i)(?:.*[_.\s-])?(?:time_?(?:steps?|scale|constant|window|interval|limit|bins?|points?|order|stride)"
    r"|(?:time|mem|memory|err|errors?|loss|score|accuracy|acc|residuals?|diff|norm|rms|rmse|mse)"
    r"_(?:weights?|thresholds?|tol|tolerance|goal|budget|limit|target)"
    r"|(?:exposure|dwell|integration|final|simulated|relaxation|delay)_time"
    r"|(?:target|desired|required|allowed)_.*"
    r"|(?:max|maximum|min|minimum)_?(?:iter(?:ation)?s?|steps?|epochs?|depth|order|degree|levels?|size|points?"
    r"|samples?|evals?|lr))(?:_.*)?"
)
_COUNT = re.compile(
    r"(?i)(?:n|num|number_of|total)?_?(?:iter(?:ation)?s?|nit|nfev|njev|(?:function_|f)?eval(?:uation)?s|restarts)"
    r"(?:_(?:taken|used|done|performed|needed|count))?"
)
_OUTCOMES = frozenset(  # words that nobody gives to a run
    {
        "pass",
        "passed",
        "passing",
        "fail",
        "failed",
        "failing",
        "failure",
        "success",
        "successful",
        "succeeded",
    }
)
_OUTCOME_WORDS = _OUTCOMES | {"ok", "good", "bad", "error", "errors", "yes", "no", "true", "false", "unknown"}
_OUTCOME = re.compile(
    r"(?i)(?:.*[_.\s-])?(?:status|verdict|outcome|result|pass|passe[ds]|fail|failed|ok|success|successful"
    r"|succeeded|match|matche[ds]|is_good|is_bad|converged|diverged|completed|crashed|aborted|timed_?out)"
)
_REMARK = re.compile(r"(?i)(?:.*[_.\s-])?(?:exception|traceback|message|reason|(?:errors?|warnings?)\[\d+\])")
_ENDED = re.compile(  # with a number: how, or with how much trouble
    r"(?i)(?:.*[_.\s-])?(?:exit|return)_?(?:code|status)|(?:n_|num_)?(?:nans?|warnings?)(?:_count)?"
)
_DATED = re.compile(
    r"(?:19|20)\d\d-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?\s*(?:Z|UTC|[+-]\d\d:?\d\d)?)?"
)
_MOMENT = re.compile(rf"{_DATED.pattern}|{_STAMP.pattern}|(?:19|20)\d{{6}}|1[4-9]\d{{8}}(?:\d{{3}}|\.\d+)?")
_REFERENCE = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*")
_VARIABLE = re.compile(r"_*[a-z]\w*(?:\._*[a-z]\w*)*")  # constants are in capitals, parameters in parentheses
_HASH = re.compile(r"(?i)(?:sha\d+:)?(?:[0-9a-f]{7,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_ABSOLUTE = re.compile(r"(?:/|~/|[A-Za-z]:[\\/])\S*|file://\S*")
_NUMBER = re.compile(rf"{NUMBER}\s*[a-z]{{0,3}}")
_NUMBERING = re.compile(
    r"(?i)(?:.*[_.\s-])?(?:seed|id|index|idx|number|num|no|counter|run|job|pid|trial|attempt|build|port|rank)"
)
_LITERAL_NUMBER = re.compile(r"(?<![\w.])(?:\d[\d_']*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|\(digest [0-9a-f]{8}\)$")
_INDEX = re.compile(r"(?<=[\w\])])\[[^\[\]]*\]")
_MEASURES = frozenset(
    {"time", "times", "seconds", "duration", "elapsed", "runtime", "timing", "timings", "eta", "speedup"}
    | {"mem", "memory", "rss", "throughput", "fps", "flops", "gflops", "bandwidth"}
)
_SPEEDS = frozenset({"latency", "wall", "walltime", "cpu", "ms", "sec", "secs", "rate", "iterations"})
_MOMENTS = frozenset(
    {"time", "timestamp", "stamp", "date", "datetime", "created", "started", "stopped", "finished"}
)
_IDS = frozenset({"pid", "ppid", "tid", "uuid", "guid", "hash", "sha", "md5", "digest", "checksum"})
_EITHER = frozenset(  # of what a program is given as well as of what it gives: noise_std, q_max, mem_fraction
    {"mem", "memory", "min", "max", "minimum", "maximum", "mean", "median", "average", "avg"}
    | {"std", "stddev", "iqr", "sum", "norm", "sim", "setup"}
)
_OF_A_RESULT = frozenset(
    {"out", "output", "result", "image", "img", "pixel", "pixels", "intensity", "counts", "figure"}
    | {"c", "py", "torch", "ref", "reference", "cand", "candidate", "baseline", "golden", "truth"}
    | {"diff", "difference", "deviation", "abs", "rel", "peak", "used", "usage", "allocated"}
    | {"err", "error", "errors", "loss", "accuracy", "acc", "score", "residual", "residuals", "corr"}
    | {"correlation", "rms", "rmse", "mse", "mae", "psnr", "ssim", "auc", "f"}
)
_OF_SETTINGS = re.compile(
    r"(?i)(?!(?:fit|fitted|best|estimated|learned|optimal|final)_)(?:.*[_-])?"
    r"(?:config|configuration|conf|cfg|settings?|param(?:eter)?s?|hparams|hyper_?param(?:eter)?s"
    r"|options?|opts|args|arguments|kwargs|inputs?)(?:\[\d+\])*"
)
_OUTPUT = frozenset(
    {
        f"{what}{kind}"
        for what in ("out", "output", "log", "result", "results")
        for kind in ("dir", "file", "path")
    }
    | {"out", "output", "outputs", "outdir", "savedir", "tmpdir", "workdir", "benchdir"}
)


def is_measured(name: str, value: object) -> bool:
    """Whether a value in a record came out of the run: its outcome, or a measurement.

    The latter shows by its name, or because nobody types so many digits.
    """
    is_amount = _MEASURED.fullmatch(name) is not None or _is_figure(name, value)
    return is_outcome(name, value) or (is_amount and may_be_measured(name, value))


def is_outcome(name: str, value: object) -> bool:
    """Whether a value says how the run ended: PASS, false under a name such as `passed`, or why it failed."""
    if isinstance(value, int) and not isinstance(value, bool):
        return _ENDED.fullmatch(name) is not None
    if isinstance(value, str) and _REMARK.fullmatch(name) is not None:
        return True
    word = str(value).strip().casefold()
    return word in _OUTCOMES or (word in _OUTCOME_WORDS and _OUTCOME.fullmatch(name) is not None)


def is_count(name: str, value: object) -> bool:
    """Whether a number says how often something was done: of iterations and the like, but for limits."""
    return isinstance(value, int) and not isinstance(value, bool) and _COUNT.fullmatch(name) is not None


def names_the_run(name: str, *, is_number: bool) -> bool:
    """Whether values that no two runs share are names or numbers of runs, and no measure of anything."""
    return not is_number or _NUMBERING.fullmatch(name) is not None


def may_be_measured(name: str, value: object) -> bool:
    """Whether a value is no word, and its name is none of those of what is set before a run."""
    return _GIVEN.fullmatch(name) is None and not isinstance(value, bool) and not _is_word(value)


def may_be_set(name: str, values: Sequence[object]) -> bool:
    """Whether a number was set before a run, though its name is one of measurements.

    It was if it stands among settings. A word such as max is said of results, too: that of a setting stands
    with a word that is of no result, and its numbers are as people type them, few, and shared by the runs.

    Args:
        name: with the keys that it stands below, joined by dots.
        values: one or more of each run.
    """
    *above, last = name.split(".")
    if any(_OF_SETTINGS.fullmatch(part) for part in above):
        return True
    words = set(name_words(last))
    others = words - _EITHER
    if others == words or not others or others & (_OF_A_RESULT | _MEASURES):
        return False
    return len(set(values)) <= max(2, len(values) // 2) and all(map(_is_typed, values))


def tells_speed(name: str) -> bool:
    """Whether a name is one of what a run took: time, memory, and how much it did in them."""
    words = set(name_words(name_parts(name)[1]))
    return not words.isdisjoint(_MEASURES | _SPEEDS)


def _is_typed(value: object) -> bool:
    """Whether a number has as few digits as those that people type."""
    text = str(value)
    if isinstance(value, bool) or not _NUMBER.fullmatch(text):
        return False
    mantissa = text.lower().partition("e")[0].strip("+-")
    digits = mantissa.replace(".", "").strip("0")
    return len(digits) <= (DIGITS_OF_COUNT if mantissa.isdigit() else DIGITS_OF_SETTING)


def _is_word(value: object) -> bool:
    word = value.lstrip("+-.").casefold() if isinstance(value, str) else ""
    return bool(word) and not word[0].isdigit() and word not in NO_NUMBERS


def _is_figure(name: str, value: object) -> bool:
    """Whether a value is a number that was computed; text may name a kind of loss or of error."""
    if isinstance(value, float) and len(repr(value).strip("-0.").partition("e")[0]) > DIGITS_TYPED:
        return True
    return is_number(value) and _FIGURE.fullmatch(name) is not None


def is_stamp(text: str) -> bool:
    """Whether a text is the stamp of a run and nothing else."""
    return _STAMP.fullmatch(text) is not None


def without_stamps(text: str) -> str:
    """A text with the stamps of runs replaced by `<stamp>`, so that they make no difference."""
    return _STAMP.sub(STAMP, text)


def noise_reason(name: str, values: Sequence[Value]) -> str:
    """Why a difference says nothing of the parameters; empty where it may.

    What code and configuration state is noise only where it is a variable that the code computes, and the
    numbers that are typed in its expression are the same. A list of words, or another name, is typed, too.
    Measurements, ids and times are noise in records only; output paths and stamps on command lines, too. A
    name is believed only where its values are of that kind.
    """
    own = name_parts(name)[1]
    origins = {value.origin for value in values}
    recorded = origins - {Origin.DEFAULT, Origin.FILE}
    if not recorded:
        expressions = [v.value.text for v in values if isinstance(v.value, Expression)]
        is_computed = origins == {Origin.DEFAULT} and len(expressions) == len(values)
        # without indices, the numbers are what a person may have tuned
        typed = {tuple(_LITERAL_NUMBER.findall(_INDEX.sub("", text))) for text in expressions}
        is_computed = is_computed and len(typed) == 1 and not _are_chosen(expressions)
        return "computed by the code" if is_computed and _VARIABLE.fullmatch(own) else ""
    words = name_words(own)
    if not _OUTPUT.isdisjoint((*words, *map("".join, itertools.pairwise(words)))):
        return "an output path"
    if recorded != origins:
        return ""
    texts = [shown(value.value, is_typed=False) for value in values]
    is_given = not origins <= {Origin.RECORD, Origin.HOST}
    return ("" if is_given else _record_noise(own, frozenset(words), texts, values)) or _text_noise(texts)


def _are_chosen(expressions: Sequence[str]) -> bool:
    """Whether a person chose between these: lists of literals, or names such as torch.float64."""
    if len({*expressions}) > 1 and all(map(_REFERENCE.fullmatch, expressions)):
        return True
    try:
        return all(map(ast.literal_eval, expressions))  # what is empty is filled by the code
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return False


def _text_noise(texts: Sequence[str]) -> str:
    if all(is_stamp(text) or _DATED.fullmatch(text) for text in texts):
        return "a stamp"
    names = {PurePosixPath(text.replace("\\", "/")).name for text in texts}
    is_moved = all(_ABSOLUTE.fullmatch(text) for text in texts) and len(names) == 1
    return "one file name in several folders" if is_moved else ""


def _record_noise(own: str, words: frozenset[str], texts: Sequence[str], values: Sequence[Value]) -> str:
    is_measurable = all(_NUMBER.fullmatch(text) for text in texts) and any("." in text for text in texts)
    is_computed = all(_is_figure(own, value.value) for value in values)
    if all(is_outcome(own.rpartition(".")[2], value.value) for value in values):
        return "an outcome"
    is_set = _GIVEN.fullmatch(own) is not None or may_be_set(own, [value.value for value in values])
    if (is_computed or (words & _MEASURES and is_measurable)) and not is_set:
        return "a measurement"
    if words & _MOMENTS and all(_MOMENT.fullmatch(text) for text in texts):
        return "a stamp"
    is_named_id = bool(words & _IDS) and all(_HASH.fullmatch(text) or text.isdigit() for text in texts)
    is_long_id = all(
        _HASH.fullmatch(text) and len(text) >= LENGTH_OF_DIGEST and not text.isdigit() for text in texts
    )
    return "an id" if is_named_id or is_long_id else ""
