"""What `record` does once its command line is understood: click's part is done, and is not imported here."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from bisect_parity.commands.invocation import say
from bisect_parity.errors import PassedStatus
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.recording.bundle_folder import evidence_root
from bisect_parity.recording.run import record_command
from bisect_parity.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.recording.bundle_folder import Wishes
    from bisect_parity.recording.run import Recorded

STANDARD_OUTPUT, STANDARD_ERROR = 1, 2


def open_recorded(call: Invocation, line: Sequence[str]) -> tuple[Repository, Redactor]:
    """The repository of a call, whose journal shows no secret of the command line or the environment.

    Raises:
        RepositoryError: there is none that can be read.
    """
    redactor = Redactor(os.environ, line)
    journal = Journal(None, ["bisect-parity", *sys.argv[1:]], redactor.text)
    return Repository.open(call.directory, journal, lean=True), redactor


def run_recorded(call: Invocation, line: Sequence[str], wishes: Wishes, *, uses_strace: bool) -> Recorded:
    """Run a command, and report what the user must know of its recording.

    Args:
        call: of `record`.
        line: the command line.
        wishes: of the user; the folder of evidence is looked up in the settings.
        uses_strace: follow which files are opened.

    Raises:
        BisectParityError: before the command was started; nothing was run then.
    """
    repository, redactor = open_recorded(call, line)
    recorded = record_command(
        line,
        repository,
        wishes._replace(root=evidence_root(repository, call.config)),
        redactor,
        uses_strace=uses_strace,
        own_out=STANDARD_ERROR if call.as_json else STANDARD_OUTPUT,
    )
    for sentence in recorded.says:
        say(sentence)
    # a stream that is kept stays as it is
    if not call.as_json and (call.verbose or (sys.stderr.isatty() and not call.quiet)):
        say(f"recorded in {recorded.folder}")
    return recorded._replace(status=PassedStatus(recorded.status))
