"""One bundle from begin to end: what is known before the run is on disk before it starts."""

from __future__ import annotations

import os
import re
import threading
import time
from typing import TYPE_CHECKING, Any

from bisect_parity import __version__
from bisect_parity.errors import BisectParityError, OutputError
from bisect_parity.files import json_text, replace_file
from bisect_parity.recording.bundle_folder import (
    LOG_NAME,
    RECORD_NAME,
    SCHEMA,
    Wishes,
    left_out,
    make_folder,
    remove_begun,
)
from bisect_parity.recording.environment import environment_facts
from bisect_parity.recording.seen_files import (
    EARLY_BYTES,
    asked_files,
    digest_files,
    named_files,
    prefix_below,
    working_directory,
)
from bisect_parity.recording.tree import capture_tree, tree_changes, tree_facts, work_tree_of
from bisect_parity.times import utc_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from bisect_parity.history.repository import Repository
    from bisect_parity.redaction import Redactor

LARGEST_COPY_BYTES = 64 * 2**20
NEVER_COPIED = re.compile(  # by their names: what programs keep keys and passwords in
    r"(?i)(?:.*\.)?env(?:rc|\..*)?|[._]?(?:netrc|npmrc|pypirc|pgpass|my\.cnf|htpasswd|dockercfg|boto|s3cfg|kube_?config)"
    r"|.*\.(?:pem|key|p12|pfx|jks|keystore|kdbx?|ppk|der|asc|gpg|age|ovpn|tfstate|tfvars)|id_(?:rsa|dsa|ecdsa|ed25519).*"
    r"|(?:.*[._-])?(?:credentials?|secrets?|passwords?|tokens?)(?:\.(?:json|ya?ml|toml|ini|txt|csv|env|cfg|conf|xml))?"
)


class Recorder:
    """Collects what there is to know of one run, and writes its bundle.

    Attributes:
        repository: the run's.
        top: of its working tree.
        folder: the bundle.
        wishes: what else is kept.
        redactor: takes secrets out of all that is written.
        before: the working tree before the run.
        inputs: files of it that the command line names.
        document: record.json as far as it is known.
        says: what a reader must know besides, a sentence an item.
    """

    def __init__(
        self,
        repository: Repository,
        wishes: Wishes,
        redactor: Redactor,
        *,
        how: str,
        argv: Sequence[str],
        environment: Mapping[str, str],
    ) -> None:
        """Capture the state of the working tree, make the bundle, and write down what is known.

        Args:
            repository: of the run; its journal moves into the bundle.
            wishes: of the user.
            redactor: of the run.
            how: "command", "inside" (the run is this process) or "after" (the run is over).
            argv: its command line.
            environment: of the run.

        Raises:
            RepositoryError: git cannot read the repository.
            EvidenceError: it has no working tree.
            UsageError: what is named as an input is no file of it.
            OutputError: the bundle cannot be written, or is not empty.
        """
        self.repository, self.wishes, self.redactor = repository, wishes, redactor
        self.top = top = work_tree_of(repository)
        self.before = before = capture_tree(repository, top, left_out(top, wishes))
        seen = (*named_files(top, argv), *asked_files(top, wishes.inputs))
        self.inputs = tuple({file.path: file for file in seen}.values())
        digest_files(top, (*self.inputs, *before.untracked), EARLY_BYTES)
        self.folder = make_folder(top, wishes, may_exist=how == "after")
        self.says: list[str] = []
        self._helper: threading.Thread | None = None
        self._began_ns = time.time_ns()
        self.document: dict[str, Any] = {
            "schema": SCHEMA,
            "version": 1,
            "state": "started",
            "how": how,
            "tool": {"name": "bisect-parity", "version": __version__},
            "run": {
                "argv": redactor.words(argv),
                "options": redactor.words(wishes.words),
                "cwd": redactor.text(working_directory()),
                "started": utc_text(),
            },
            "git": before.to_json() | {"prefix": prefix_below(top)},
            "inputs": [file.to_json() for file in self.inputs],
            "environment": environment_facts(environment, redactor.text),
        }
        self._say_if_cut("untracked files were there", before.untracked_count, len(before.untracked))
        try:
            repository.journal.move_to(self.folder / LOG_NAME)
            self.write()
        except OutputError:
            if how != "after":  # nothing will be run: an empty bundle would look like a run
                remove_begun(self.folder)
            raise

    def write(self) -> None:
        """Write record.json as it is now.

        Raises:
            OutputError: it cannot be written; what was there stays.
        """
        self.document["says"] = self.says
        replace_file(self.folder / RECORD_NAME, json_text(self.document))

    def collect(self, find_python: Callable[[], Path | None]) -> None:
        """Begin to collect, beside the run, what takes time: machine, packages, description, digests.

        Args:
            find_python: finds the interpreter of the run; None where it is not known yet.
        """

        def work() -> None:
            from bisect_parity.recording.machine import machine_facts, python_facts  # noqa: PLC0415 - see the room

            python = find_python()
            if python is not None:
                self.document["python"] = python_facts(python, "the command's own")
            self.document["machine"] = machine_facts()
            self.document["git"] |= tree_facts(self.repository, self.before)
            digest_files(self.top, (*self.inputs, *self.before.untracked))
            self._keep()

        self._helper = threading.Thread(target=self._guarded, args=(work,))
        self._helper.start()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except (OSError, BisectParityError) as error:  # the command may have taken the repository away
            self.says.append(f"not all could be collected: {self.redactor.text(str(error))}")

    def end(
        self,
        run: Mapping[str, Any],
        more: Mapping[str, Any],
        *,
        written: Sequence[str] = (),
        find_python: Callable[[], tuple[Path | None, str]],
    ) -> None:
        """Capture the state of the working tree again, and complete the record.

        Args:
            run: how the run ended.
            more: further parts of the record.
            written: absolute paths of files that the run is known to have written.
            find_python: the interpreter and why this one, where `collect` found none.

        Raises:
            OutputError: record.json cannot be written; the one of the beginning is still there.
        """
        self.document["outputs"] = []
        self._guarded(lambda: self._see_changes(written))
        if self._helper is not None:
            self._helper.join()
        if "python" not in self.document:
            from bisect_parity.recording.machine import python_facts  # noqa: PLC0415 - see the room

            self.document["python"] = python_facts(*find_python())
        self.document["git"]["untracked"] = [file.to_json() for file in self.before.untracked]
        self.document["inputs"] = [file.to_json() for file in self.inputs]
        self.document["run"] |= run
        self.document |= more
        self.document["state"] = "ended"
        self.write()

    def ignored(self, names: list[str]) -> list[str]:
        """Those of some paths, relative to the top, that git ignores."""
        request = os.fsencode("".join(f"{name}\0" for name in names))
        if not names:
            return []
        answer = self.repository.git_result("check-ignore", "-z", "--stdin", stdin=request)
        return os.fsdecode(answer.stdout).split("\0")[:-1]

    def _see_changes(self, written: Sequence[str]) -> None:
        from bisect_parity.recording import outputs  # noqa: PLC0415 - see the room

        aside = left_out(self.top, self.wishes)
        after = capture_tree(self.repository, self.top, aside, self.before)
        self.document["git"]["changed_while_running"] = tree_changes(self.before, after)
        seen = {file.path: file.stamp for file in self.before.untracked}
        fresh = (file.path for file in after.untracked if seen.get(file.path, 0) != file.stamp)
        new = [str(self.top / path) for path in fresh if outputs.may_be_output(path)]
        named = [path.absolute() for path in self.wishes.outputs]
        ignored, is_cut = outputs.ignored_since(self.top, after.ignored, self._began_ns, aside)
        tracked = [path for _, path in after.changes]
        changed = outputs.written_since(self.top, tracked, self._began_ns)
        found, count = outputs.digest_outputs(self.top, self.folder, new, named, written, ignored, changed)
        self.document["outputs"] = found
        self._say_if_cut("files were written", count, len(found))
        if is_cut:
            most = outputs.MOST_IGNORED
            self.says.append(f"more than {most} files are ignored by git: the first {most} were looked at")

    def _say_if_cut(self, what: str, count: int, listed: int) -> None:
        if listed < count:
            self.says.append(f"{count} {what}: only the first {listed} are listed")

    def _keep(self) -> None:
        """Keep the difference and the untracked files, where that was wished."""
        if self.wishes.keep_diff and self.before.diff:
            text = self.redactor.text(os.fsdecode(self.before.diff))
            (self.folder / "tracked.diff").write_bytes(os.fsencode(text))
            self.document["git"]["diff"] |= {
                "file": "tracked.diff",
                "redacted": os.fsencode(text) != self.before.diff,
            }
        if not self.wishes.keep_untracked:
            return
        import shutil  # noqa: PLC0415 - see the room

        for file in self.before.untracked:
            source = self.top / file.path
            if (
                NEVER_COPIED.fullmatch(source.name)
                or file.stamp is None
                or file.stamp[0] > LARGEST_COPY_BYTES
            ):
                file.says = file.says or "not copied"
                continue
            target = self.folder / "untracked" / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                text = source.read_text(encoding="utf-8")
                target.write_text(self.redactor.text(text), encoding="utf-8")
            except UnicodeDecodeError:
                shutil.copyfile(source, target, follow_symlinks=False)
