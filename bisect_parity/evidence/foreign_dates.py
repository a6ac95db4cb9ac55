"""Dates with months in other languages, and weeks of ISO 8601, rewritten as ones that are read. Pure."""

from __future__ import annotations

import re
from datetime import date

from bisect_parity.evidence.spelled_dates import BY_MONTH, MONTHS

__all__ = ["in_english"]

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


def in_english(text: str) -> str:
    """A text with its first dates of these kinds as `17 Sep 2025 06:44:12`, or `2025-09-17`."""
    if "W" in text:
        text = _WEEK.sub(_of_week, text)
    text = _DATE.sub(_spelled, text)
    return _YEAR_LAST.sub(_spelled, text)


def _spelled(found: re.Match[str]) -> str:
    if BY_MONTH.fullmatch(found[0]):
        return found[0]
    month = MONTHS[_MONTH_OF[found["m"].lower()]]
    clock = f" {int(found['H']):02d}:{found['M']}" if found["H"] else ""
    return f"{found['day']} {month} {found['y']}{clock}" + (f":{found['S']}" if found["S"] else "")


def _of_week(found: re.Match[str]) -> str:
    try:
        return date.fromisocalendar(int(found["y"]), int(found["week"]), int(found["day"])).isoformat()
    except ValueError:  # not every year has 53 weeks
        return found[0]
