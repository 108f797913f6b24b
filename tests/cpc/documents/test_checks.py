"""Every kind of honest file passes; every nasty one is refused with a sentence of its own."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cpc.documents.checks import CONTENT_TYPES, check_upload
from cpc.documents.errors import UploadRefused
from tests.cpc.documents import files


@pytest.mark.parametrize("name", files.HONEST)
def test_honest_file_passes(name: str):
    facts = check_upload(SimpleUploadedFile(name, files.HONEST[name]()))
    assert facts.content_type == CONTENT_TYPES[name.rpartition(".")[2].lower()]
    # No scanner answers here: never said to be clean.
    assert facts.scan.state == "not_scanned"


def test_the_long_name_has_200_characters():
    assert len(f"{files.ACCENTED}.docx") == 200


@pytest.mark.parametrize(("name", "content", "sentence"), files.NASTY, ids=[repr(row[0][:20]) for row in files.NASTY])
def test_nasty_file_is_refused_with_its_sentence(name: str, content: bytes, sentence: str):
    with pytest.raises(UploadRefused, match=sentence):
        check_upload(SimpleUploadedFile(name, content))


def test_file_of_60_mb_is_refused_before_it_is_read():
    upload = SimpleUploadedFile("large.txt", b"text")
    upload.size = 60 * 1024 * 1024
    with pytest.raises(UploadRefused, match="50 MB or smaller"):
        check_upload(upload)
