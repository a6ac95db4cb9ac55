"""XML of unknown origin, within limits: no document type, so no entities; bounded size, depth and number."""

from __future__ import annotations

from collections.abc import Iterator
from xml.parsers import expat

from attrs import define, field

from bisect_parity.evidence.formats.documents import DocumentError

MOST_BYTES = 32 << 20
MOST_ELEMENTS = 400_000
DEEPEST = 64
LONGEST_TEXT = 1 << 16  # of one element; what tests print can be long


@define
class Element:
    """An element: its name, attributes, the text directly in it, and what it holds."""

    name: str
    attributes: dict[str, str] = field(factory=dict)
    text: str = ""
    children: list[Element] = field(factory=list)

    def get(self, name: str) -> str:
        """The text of the first child of a name; empty where there is none."""
        return next((child.text.strip() for child in self.children if child.name == name), "")

    def all(self, name: str) -> Iterator[Element]:
        """The children of a name."""
        return (child for child in self.children if child.name == name)


@define
class _Builder:
    """Takes what the parser finds, and keeps to the limits."""

    top: Element = field(factory=lambda: Element(""))
    open: list[Element] = field(factory=list)
    count: int = 0

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if self.count > MOST_ELEMENTS:
            raise DocumentError(f"XML of more than {MOST_ELEMENTS} elements is not read")
        if len(self.open) > DEEPEST:
            raise DocumentError("XML is nested too deeply")
        element = Element(name, attributes)
        (self.open[-1] if self.open else self.top).children.append(element)
        self.open.append(element)

    def end(self, _name: str) -> None:
        self.open.pop()

    def add_text(self, text: str) -> None:
        if len(self.open[-1].text) < LONGEST_TEXT:
            self.open[-1].text += text

    def refuse(self, *_declared: object) -> None:
        raise DocumentError("XML with a document type is not read: its entities may be anything")


def load_xml(data: bytes) -> Element:
    """Parse one XML document, and return its root.

    Raises:
        DocumentError: too large, nested too deep, with a document type, or no XML.
    """
    if len(data) > MOST_BYTES:
        raise DocumentError(f"XML of {len(data)} bytes is not read: the limit is {MOST_BYTES}")
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.begin
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.add_text
    parser.StartDoctypeDeclHandler = builder.refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:  # an encoding that Python does not know
        if isinstance(error, DocumentError):
            raise
        raise DocumentError(f"not valid XML: {error}") from error
    return builder.top.children[0]
