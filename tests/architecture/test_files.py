"""What may not stand in a file that is handed on."""

import re

import pytest

from tests.architecture.source import BASE, name_of, python_files, tracked_files

# In pieces, so that this file does not hold them.
INDEX_HOSTS = [
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "registry." + "npmjs",
    "registry." + "yarnpkg",
    "proxy." + "golang",
]
MACHINE_PATHS = [
    "/work" + "/main",
    "/work" + "/shared",
    "/root" + "/",
    "/home" + "/",
    "/tmp" + "/team",
    "/tmp" + "/lead",
]
BINARY = {".png", ".jpg", ".ico", ".woff2", ".xlsx", ".docx", ".pdf", ".zip"}


def texts():
    for path in tracked_files():
        if path.suffix not in BINARY:
            yield path, path.read_text(errors="replace")


@pytest.mark.parametrize("words", [INDEX_HOSTS, MACHINE_PATHS], ids=["package indexes", "machine paths"])
def test_no_tracked_file_names(words: list[str]):
    found = [f"{name_of(path)} names {word}" for path, text in texts() for word in words if word in text]
    assert found == []


def test_pages_speak_the_words_of_the_sector():
    """A peer challenge is no inspection."""
    wrong = re.compile(r"\b(inspection|inspections|inspector|inspectors|KLOE|KLOEs)\b", re.IGNORECASE)
    found = [
        f"{name_of(path)}: {match.group()}"
        for path in tracked_files()
        if path.is_relative_to(BASE / "templates")
        for match in wrong.finditer(path.read_text())
    ]
    assert found == []


def test_no_template_holds_inline_script_or_style():
    """The content security policy would stop it in the browser; here it is told earlier. Mails are not pages."""
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>|\sstyle=|<style|\son[a-z]+=|\bautofocus\b"
    )
    found = [
        f"{name_of(path)}: {match.group().strip()}"
        for path in tracked_files()
        if path.is_relative_to(BASE / "templates") and not path.is_relative_to(BASE / "templates" / "emails")
        for match in inline.finditer(path.read_text())
    ]
    assert found == []


def test_files_that_come_in_are_read_in_one_way():
    """Encodings, widths and quotes are judged in cpc/components/incoming alone."""
    others = [
        f"{name_of(path)}: {line.strip()}"
        for path in python_files()
        if "components/incoming/" not in name_of(path)
        for line in path.read_text().splitlines()
        if re.search(r"csv\.(reader|DictReader)|load_workbook\(|json\.load\(|open\(.*utf-8-sig", line)
    ]
    assert others == []
