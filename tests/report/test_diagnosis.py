"""diagnosis.md tells the whole account, and its commands can be typed as they stand."""

from __future__ import annotations

from markdown_it import MarkdownIt

from bisect_parity.diagnosis.next_step import NextStep
from bisect_parity.report.diagnosis import diagnosis_markdown
from bisect_parity.report.diagnosis_document import diagnosis_document
from tests.diagnosis.runs import BAD, GOOD, diagnosed


def test_a_command_stands_as_it_is_typed() -> None:
    command = "bisect-parity params 'a*[b]' 'c|<d>' " + "x" * 500
    text = "\n".join(
        diagnosis_markdown(diagnosis_document(diagnosed(GOOD, BAD), [NextStep(command, "tells")]))
    )
    blocks = [token for token in MarkdownIt("commonmark").parse(text) if token.type == "code_block"]
    assert [block.content.strip() for block in blocks] == [command]
