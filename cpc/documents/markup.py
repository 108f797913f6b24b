"""Parts of Office and OpenDocument files, parsed: document types and entities are refused, hidden content is counted."""

from __future__ import annotations

import codecs
import zipfile
from typing import Any
from xml.parsers import expat

from cpc.documents.errors import UploadRefused
from cpc.documents.hidden_content import Hidden, listener_of

UNSAFE = "The selected file has unsafe markup inside. Save it again in Office and select it"
XML_ENDINGS = (".xml", ".rels", ".rdf", ".vml")
MARKS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"),
)  # fmt: skip


def is_resource_fork(name: str) -> bool:
    """What a Mac puts beside each file of an archive; no program reads it as a part."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith("._")


def check_markup(archive: zipfile.ZipFile) -> tuple[str, ...]:
    """Raises UploadRefused for a document type or an entity in any part (entity bombs, outside files). Gives what the
    file holds beside what its pages show."""
    hidden = Hidden()
    for entry in archive.infolist():
        if entry.filename.lower().endswith(XML_ENDINGS) and not is_resource_fork(entry.filename) and entry.file_size:
            with archive.open(entry) as part:
                _parse(entry.filename, part, hidden)
    return hidden.in_words()


def content_types(part: bytes) -> set[str]:
    """The content types that an Office file declares, in small letters but for those of its main part."""
    found: set[str] = set()

    def start(tag: str, attributes: dict[str, Any]) -> None:
        if kind := attributes.get("ContentType", ""):
            found.update({kind, kind.lower()})

    parser = _strict_parser()
    parser.StartElementHandler = start
    try:
        parser.Parse(part, True)
    except (expat.ExpatError, ValueError, LookupError):
        # No list at all: of a broken one only what is refused is believed.
        return {word for word in ("macroenabled", "vbaproject") if word.encode() in part.lower()}
    return found


def _strict_parser() -> Any:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refuse
    parser.UnparsedEntityDeclHandler = parser.ExternalEntityRefHandler = _refuse
    return parser


def _refuse(*args: Any) -> int:
    raise UploadRefused(UNSAFE)


def _parse(name: str, part: Any, hidden: Hidden) -> None:
    parser = _strict_parser()
    listener = listener_of(name, hidden)
    if listener:
        parser.StartElementHandler = listener.start
        parser.EndElementHandler = listener.end
        parser.CharacterDataHandler = listener.data
    try:
        while chunk := part.read(256 * 1024):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        part.seek(0)
        _check_broken(name, part.read(), error)
    if listener:
        listener.close()


def _check_broken(name: str, content: bytes, error: Exception) -> None:
    """A part that is no whole XML. Drawings of Office's own older kind (.vml) often are none, and no harm."""
    encoding = next((encoding for mark, encoding in MARKS if content.startswith(mark)), "utf-8")
    text = content.decode(encoding, errors="replace").upper()
    if "<!DOCTYPE" in text or "<!ENTITY" in text or "\0" in text:
        raise UploadRefused(UNSAFE) from error
    if not name.lower().endswith(".vml"):
        raise UploadRefused(
            f"The selected file is damaged: its part {name[-60:]} cannot be read. Save it again and select it"
        ) from error
