"""Hugging Face's Trainer: `trainer_state.json`, the log of a training; it keeps neither commit nor time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve

from bisect_parity.evidence.formats.documents import load_json
from bisect_parity.evidence.formats.entries import Entry, look_into, runs_or_log
from bisect_parity.evidence.formats.place import Place, items, read_document, table
from bisect_parity.evidence.model import Findings, Problem

if TYPE_CHECKING:
    from pathlib import PurePosixPath

__all__ = ["READER"]

SETTINGS = ("max_steps", "num_train_epochs", "train_batch_size", "logging_steps", "eval_steps", "save_steps")


class _HuggingFaceReader:
    """Reads the state that a Trainer saves; its other files are JSON like any."""

    name = "huggingface-trainer"
    suffixes = ("trainer_state.json",)

    def claims(self, path: PurePosixPath, head: bytes) -> bool:
        return path.name == "trainer_state.json" and b'"global_step"' in head

    def read(self, path: str, data: bytes) -> Findings:
        return read_document(path, data, load_json, _find)


def _find(place: Place, document: Any) -> Findings:
    """The last figures of the log, and the arguments of the training."""
    document = place.object(document, "the state of a Trainer")
    entries = [
        Entry(f"log_history[{at}]", 0, table(entry))
        for at, entry in enumerate(items(document.get("log_history")))
    ]
    problems: list[Problem] = []
    given = {key: document[key] for key in SETTINGS if document.get(key) is not None}
    found = runs_or_log(look_into(place.path, entries, problems)) if entries else Findings()
    tried = place.parameters(table(document.get("trial_params")), "trial_params")
    parameters = found.parameters + place.parameters(given) + tried
    return evolve(found, parameters=parameters, problems=tuple(problems))


READER = _HuggingFaceReader()
