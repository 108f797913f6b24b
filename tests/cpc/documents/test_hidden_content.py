"""What the pages of a file do not show is named to who uploads it, before anybody else can open it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cpc.audit.models import Event
from cpc.audit.presenters import sentence
from cpc.documents.checks import facts_of
from cpc.documents.errors import UploadRefused
from cpc.documents.forms import UploadField, UploadForm
from cpc.documents.models import Document
from cpc.documents.services import add_document
from tests.architecture.test_text import every_form
from tests.cpc.documents import honest
from tests.factories.assessments import make_staged

TRACKED = honest.word(honest.DELETED)


def upload(content: bytes = TRACKED, name: str = "budget.docx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture
def pack(db, client_for):
    staged = make_staged()
    where = reverse("self_assessment:pack-document-add", kwargs={"reference": staged.case.reference})
    return client_for(staged.coordinator), where


def test_tracked_changes_are_named_and_sent_only_when_ticked(pack):
    client, where = pack
    page = client.post(where, {"title": "Budget", "upload": upload()})
    assert page.status_code == 422
    text = page.content.decode()
    assert "1 tracked change (by Ida Lee)" in text
    assert 'value="Budget"' in text
    assert not Document.objects.exists()
    digest = facts_of(upload()).sha256
    assert f'value="{digest}"' in text
    assert client.post(where, {"title": "Budget", "upload": upload(), "with_hidden": digest}).status_code == 302
    assert Document.objects.get().title == "Budget"
    # Who let it pass, for the LGA to read on the history.
    event = Event.objects.get(verb="document_sent_with_hidden")
    assert "1 tracked change (by Ida Lee), knowing of it" in sentence(event.verb, event.data)
    assert event.audience == "lga"


def test_a_tick_is_for_one_file_alone(pack):
    client, where = pack
    digest = facts_of(upload()).sha256
    other = upload(honest.commented_word())
    page = client.post(where, {"title": "Budget", "upload": other, "with_hidden": digest})
    assert page.status_code == 422
    assert "1 comment (by Ida Lee)" in page.content.decode()
    assert not Document.objects.exists()


def test_a_file_without_anything_hidden_is_not_asked_about(pack):
    client, where = pack
    assert client.post(where, {"title": "Budget", "upload": upload(honest.real_docx())}).status_code == 302


def test_no_service_takes_a_file_that_nobody_was_asked_about(db):
    staged = make_staged()
    with pytest.raises(UploadRefused, match="1 tracked change"):
        add_document(case=staged.case, kind="case_file", title="Budget", upload=upload(), by=staged.manager)


def test_every_form_that_sends_a_file_on_asks():
    sending = [form for form in every_form() for field in form.base_fields.values() if isinstance(field, UploadField)]
    assert len(sending) >= 5
    assert [form.__name__ for form in sending if not issubclass(form, UploadForm)] == []
