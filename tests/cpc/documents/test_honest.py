"""Files of honest people pass, or are refused with a sentence that helps; what their pages do not show is named."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cpc.documents.checks import check_upload
from cpc.documents.errors import UploadRefused
from tests.cpc.documents import files, honest


@pytest.mark.parametrize("name", honest.PASSING)
def test_a_file_of_each_producer_passes(name):
    assert check_upload(SimpleUploadedFile(name, honest.PASSING[name]())).name == name


@pytest.mark.parametrize(("name", "kept"), honest.NAMES.items())
def test_what_hides_in_a_file_name_is_taken_out(name, kept):
    upload = SimpleUploadedFile("x.docx", files.real_docx())
    upload._name = name
    assert check_upload(upload).name == kept


@pytest.mark.parametrize(("name", "kind", "kept"), [(name, *row) for name, row in honest.PICTURES.items()])
def test_a_picture_gets_the_name_of_its_content(name, kind, kept):
    facts = check_upload(SimpleUploadedFile(name, files.picture(kind)))
    assert (facts.name, facts.content_type) == (kept, f"image/{kind.lower()}")


@pytest.mark.parametrize(("name", "content", "words"), honest.HELPED, ids=[row[0] for row in honest.HELPED])
def test_a_refusal_helps(name, content, words):
    with pytest.raises(UploadRefused, match=words):
        check_upload(SimpleUploadedFile(name, content))


@pytest.mark.parametrize(("name", "content", "words"), honest.HIDDEN, ids=[row[0] for row in honest.HIDDEN])
def test_what_the_pages_do_not_show_is_named(name, content, words):
    assert check_upload(SimpleUploadedFile(name, content)).hidden == words
