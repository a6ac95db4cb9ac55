"""What evaluates or trains language models: lm-evaluation-harness, lighteval, Hugging Face's Trainer."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

from attrs import evolve

from bisect_parity.evidence.formats.entries import Entry, read_entries
from bisect_parity.evidence.formats.packages import collected
from bisect_parity.evidence.formats.place import Place, items, string, table
from bisect_parity.evidence.formats.reader import FormatReader, document_reader, marked
from bisect_parity.evidence.model import Findings, Parameter

_FIGURE = re.compile(rb'"\w+,[\w-]+"\s*:')  # metric and filter: "acc,none"
_VERSIONS = ("lm_eval_version", "transformers_version")
_NO_SETTINGS = frozenset({"start_time", "end_time", "total_evaluation_time_secondes", "lighteval_sha"})
SETTINGS = ("max_steps", "num_train_epochs", "train_batch_size", "logging_steps", "eval_steps", "save_steps")


def _claims_results(path: PurePosixPath, head: bytes) -> bool:
    if path.suffix != ".json" or b'"results"' not in head:
        return False
    return b'"config_general"' in head or _FIGURE.search(head) is not None


def _find_results(place: Place, document: Any) -> Findings:
    """Figures a task; `git_hash` is that of the folder in which the program was called."""
    document = place.object(document, "results of an evaluation")
    general = table(document.get("config_general"))
    settings = {key: value for key, value in general.items() if key not in _NO_SETTINGS}
    return Findings(
        records=place.record("git_hash", document.get("git_hash")),
        times=place.time("date", document.get("date"), "start"),
        metrics=tuple(
            metric
            for task, figures in table(document.get("results")).items()
            for name, value in table(figures).items()
            if value is not None
            for metric in place.metric(f"{task}.{name}", value)
        ),
        parameters=place.parameters(table(document.get("config")), "config")
        + place.parameters(settings, "config_general")
        + place.parameters(table(document.get("n-shot")), "n-shot"),
        environment=_environment(place, document),
    )


def _environment(place: Place, document: dict[str, Any]) -> tuple[Parameter, ...]:
    """What collect_env printed, and the versions of the program and of its library."""
    versions = ((f"packages.{key.removesuffix('_version')}", key, document.get(key)) for key in _VERSIONS)
    report = enumerate(string(document.get("pretty_env_info")).splitlines(), 1)
    reported = ((name, name, value) for _, _, name, value in collected(report))
    return place.environment(reported) + place.environment(versions)


def _find_state(place: Place, document: Any) -> Findings:
    """The last figures of the log, and the arguments of the training."""
    document = place.object(document, "the state of a Trainer")
    entries = [
        Entry(f"log_history[{at}]", 0, table(entry))
        for at, entry in enumerate(items(document.get("log_history")))
    ]
    given = {key: document[key] for key in SETTINGS if document.get(key) is not None}
    found = read_entries(place.path, entries)
    tried = place.parameters(table(document.get("trial_params")), "trial_params")
    return evolve(found, parameters=found.parameters + place.parameters(given) + tried)


READERS = (
    FormatReader("lm-eval", (".json",), _claims_results, document_reader(_find_results)),
    FormatReader(
        "huggingface-trainer", ("trainer_state.json",), marked(b'"global_step"'), document_reader(_find_state)
    ),
)
