"""Words that every account uses. Pure."""

from __future__ import annotations

__all__ = ["counted", "figure_text"]


def counted(number: int, noun: str) -> str:
    """`number` and its noun, in the plural where there is not one."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def figure_text(figure: float | None) -> str:
    """A figure to the last digit; empty where there is none."""
    return "" if figure is None else repr(figure)
