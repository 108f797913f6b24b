"""What a file must be before it is read; how it is read says the kit (`cpc.components.incoming`)."""

from __future__ import annotations

from cpc.components.incoming.text import LARGEST_FILE, SAVE_AS, FileUnreadable, decode, shown


def text_of(content: bytes) -> str:
    """As a check may look at it: a byte that is no letter becomes �."""
    return shown(decode(content).text)


def check_upload(name: str, content: bytes, endings: tuple[str, ...]) -> None:
    """By name and by content. Raises FileUnreadable with a sentence that says what to do."""
    ending = name.rpartition(".")[2].lower()
    wanted = " or ".join(f".{each}" for each in endings)
    if ending in {"xlsm", "xltm", "xlam", "xlsb"}:
        raise FileUnreadable("Files with macros cannot be imported. Save it as .xlsx and select it again")
    if "." not in name or ending not in endings:
        raise FileUnreadable(f"The selected file must be {wanted}")
    if len(content) > LARGEST_FILE:
        raise FileUnreadable(f"The selected file must be {LARGEST_FILE // 1024 // 1024} MB or smaller")
    if not content.strip():
        raise FileUnreadable("The selected file is empty. Select a file with something in it")
    is_packed = content.startswith(b"PK\x03\x04")
    if is_packed != (ending == "xlsx"):
        raise FileUnreadable(f"The content of the selected file is not what its name says. Save it as {wanted}")
    if not is_packed:
        try:
            text_of(content)
        except FileUnreadable as error:
            if SAVE_AS in str(error):
                raise FileUnreadable(f"The selected file {error}") from error
            raise FileUnreadable(f"The selected file must be {wanted}, with text in it") from error
