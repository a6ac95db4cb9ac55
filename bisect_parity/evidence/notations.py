"""Notations of dates and times that people and other programs use, rewritten as one that is read. Pure."""

from __future__ import annotations

import functools
import re
from datetime import date

from bisect_parity.evidence.spelled_dates import BY_MONTH, MONTHS

LEAST_DIGITS = 10  # of a stamp
LEAST_FOREIGN = 5  # of a day and a year
NOON = 12
_HALF_DAY = (
    re.compile(  # 2025-10-09 4:17:14 PM, 2025-10-09_04-17-14PM, 20251009_041714_PM, 2025-10-09 at 4.17.14 PM
        r"(?<!\d)(?P<day>(?:19|20)\d\d(?P<d>[-/._]?)\d\d(?P=d)\d\d)(?:[T_ ,-]{1,2}|\sat\s)"
        r"(?P<H>[01]?\d)(?P<rest>(?P<c>[:.h_-]?)[0-5]\d(?:(?P=c)[0-5]\d)?(?:[.,]\d{1,9})?)"
        r"[\s_.-]?(?P<half>[AP])\.?M(?![A-Za-z])",
        re.IGNORECASE,
    )
)
_MONTHS = "|".join(MONTHS)
_BY_MONTH = re.compile(  # 09Oct2025_161714, 09-Oct-2025-16-17-14
    rf"(?<![A-Za-z\d])(?P<day>\d\d)(?P<d>[-_]?)(?P<m>{_MONTHS})(?P=d)(?P<y>(?:19|20)\d\d)"
    r"[-_T ]{1,2}(?P<H>\d\d)(?P<c>[-:._]?)(?P<M>\d\d)(?P=c)(?P<S>\d\d)(?!\d)",
    re.IGNORECASE,
)
_IN_NAMES = (  # how stamps are written in names, and as what they are read
    (
        re.compile(r"(?<!\d)(\d{4})([._])(\d\d)\2(\d\d)[-_T. ]{1,2}(\d\d)[._-](\d\d)[._-](\d\d)(?!\d)"),
        r"\1-\3-\4T\5-\6-\7",
    ),
    (
        re.compile(  # Kedro adds milliseconds and Z
            r"(?<!\d)(\d{4}-?\d\d-?\d\d)[-_T ]{1,2}(\d\d)[.h_](\d\d)[.m_](\d\d)s?"
            r"(?=\.\d{3}(?:\d{3})?Z(?!\w)|(?![\d.]))"
        ),
        r"\1T\2-\3-\4",
    ),
    (re.compile(r"(?<!\d)(\d{4}-?\d\d-?\d\d)[-_T ]{1,2}(\d\d)[.h](\d\d)(?![\d.])"), r"\1T\2-\3"),
    (re.compile(r"(?<!\d)(\d{4}-\d\d-\d\d)--(\d\d-)"), r"\1T\2"),
    (
        re.compile(
            r"(?<![\d.])([1-4]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))[-_T]((?:[01]\d|2[0-3])[0-5]\d[0-5]\d)(?![\d.])"
        ),
        r"20\1T\2",
    ),
)
_NAMES = (  # German, French, Spanish, Italian, Portuguese, Dutch; in order of the months
    "januar|jänner|janvier|enero|gennaio|janeiro|januari|janv|ene|gen|jan",
    "februar|feber|février|fevrier|febrero|febbraio|fevereiro|februari|févr|fevr|fév|febr|fev|feb",
    "märz|maerz|mars|marzo|março|marco|maart|mär|mrz|mrt|mar",
    "april|avril|abril|aprile|avr|abr|apr",
    "mai|mayo|maggio|maio|mei|may|mag",
    "juni|juin|junio|giugno|junho|giu|jun",
    "juli|juillet|julio|luglio|julho|juil|lug|jul",
    "august|août|aout|agosto|augustus|ago|aug",
    "september|septembre|septiembre|setiembre|settembre|setembro|sept|sett|set|sep",
    "oktober|octobre|octubre|ottobre|outubro|okt|ott|out|oct",
    "november|novembre|noviembre|novembro|nov",
    "dezember|décembre|decembre|diciembre|dicembre|dezembro|december|déc|dez|dic|dec",
)
_MONTH_OF = {name: at for at, names in enumerate(_NAMES) for name in names.split("|")}
_WORDS = frozenset({"out", "set", "gen", "ago", "mag"})  # English words and units: "12 out 2048"
_NAME = "|".join(sorted((re.escape(name) for name in _MONTH_OF), key=len, reverse=True))
_CLOCK = r"(?P<H>[01]?\d|2[0-3])[:hH](?P<M>[0-5]\d)(?:[:m](?P<S>[0-5]\d))?(?![\d:])"
_DATE = re.compile(  # 17. September 2025, 6:44 Uhr; 17 sept. 2025 à 06h44; 17 de septiembre de 2025
    rf"(?<![\w.])(?P<day>\d\d?)(?:\.|er|º|°)?[\s-](?:de\s)?(?P<m>{_NAME})\.?,?[\s-](?:(?:de|del)\s)?"
    rf"(?P<y>(?:19|20)\d\d)(?!\d)(?:(?:,|\s)\s?(?:(?:um|à|a las|alle|às|om|kl\.?)\s(?:ore\s)?)?{_CLOCK})?",
    re.IGNORECASE,
)
_YEAR_LAST = re.compile(  # Mi 17. Sep 06:44:12 CEST 2025, as date(1) prints it in German
    rf"(?<![\w.])(?P<day>\d\d?)\.?\s(?P<m>{_NAME})\.?\s{_CLOCK}(?:\s[A-Z]{{3,5}})?\s(?P<y>(?:19|20)\d\d)(?!\d)",
    re.IGNORECASE,
)
_WEEK = re.compile(
    r"(?<![\w])(?P<y>(?:19|20)\d\d)(?P<d>-?)W(?P<week>0[1-9]|[1-4]\d|5[0-3])(?P=d)(?P<day>[1-7])(?!\d)"
)


@functools.lru_cache(maxsize=4096)
def as_read(name: str) -> str:
    """A name, or a short text, with its stamps in the notation that is read."""
    digits = sum(letter.isdigit() for letter in name)
    if digits >= LEAST_FOREIGN:
        name = _in_english(name)
    if digits < LEAST_DIGITS:
        return name
    name = _BY_MONTH.sub(_by_month, in_24_hours(name))
    for written, read in _IN_NAMES:
        name = written.sub(read, name)
    return name


def in_24_hours(text: str) -> str:
    """A text whose times that are followed by AM or PM are those of a clock of 24 hours."""
    return _HALF_DAY.sub(_whole_day, text) if "M" in text.upper() else text


def _whole_day(found: re.Match[str]) -> str:
    """Hours beyond twelve were written so in spite of what follows them."""
    hour = int(found["H"])
    if hour <= NOON:
        hour = hour % NOON + (NOON if found["half"] in "pP" else 0)
    day, rest = found["day"], found["rest"]
    return f"{day}T{hour:02d}{rest.replace(found['c'], '-', 2) if found['c'] in ('h', '.', '_') else rest}"


def _by_month(found: re.Match[str]) -> str:
    month = MONTHS.index(found["m"].capitalize()) + 1
    return f"{found['y']}-{month:02d}-{found['day']}T{found['H']}-{found['M']}-{found['S']}"


def _in_english(text: str) -> str:
    """A text with its first dates of these kinds as `17 Sep 2025 06:44:12`, or `2025-09-17`."""
    if "W" in text:
        text = _WEEK.sub(_of_week, text)
    text = _DATE.sub(_spelled, text)
    return _YEAR_LAST.sub(_spelled, text)


def _spelled(found: re.Match[str]) -> str:
    is_word = found["m"].lower() in _WORDS and " de " not in found[0].lower()
    if BY_MONTH.fullmatch(found[0]) or (is_word and not found["H"]):
        return found[0]
    month = MONTHS[_MONTH_OF[found["m"].lower()]]
    clock = f" {int(found['H']):02d}:{found['M']}" if found["H"] else ""
    return f"{found['day']} {month} {found['y']}{clock}" + (f":{found['S']}" if found["S"] else "")


def _of_week(found: re.Match[str]) -> str:
    try:
        return date.fromisocalendar(int(found["y"]), int(found["week"]), int(found["day"])).isoformat()
    except ValueError:  # not every year has 53 weeks
        return found[0]
