"""Hugging Face's Trainer: `trainer_state.json`, the log of a training; it keeps neither commit nor time."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from bisect_parity.evidence.formats.entries import Entry, look_into, runs_or_log
from bisect_parity.evidence.formats.place import Place, items, table
from bisect_parity.evidence.formats.reader import FormatReader, document_reader, marked
from bisect_parity.evidence.model import Findings, Problem

SETTINGS = ("max_steps", "num_train_epochs", "train_batch_size", "logging_steps", "eval_steps", "save_steps")


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


READER = FormatReader(
    "huggingface-trainer", ("trainer_state.json",), marked(b'"global_step"'), document_reader(_find)
)
