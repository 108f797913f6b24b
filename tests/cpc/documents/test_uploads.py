"""Files as a browser sends them: to the page of a case, beside a title, through every middleware (QUALITY, "Uploads")."""

import hashlib
import time
from io import BytesIO

import html5lib
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cpc.components.scan_states import ScanState
from cpc.documents.models import Document, DocumentVersion
from cpc.documents.scanning import EICAR
from tests.cpc.documents import files
from tests.cpc.documents.clamd import finds_eicar
from tests.factories.assessments import make_staged

TITLE = "Scoping note – “été”"
MEGABYTE = 1024 * 1024
# Characters that cannot be printed never arrive: Django takes them out of the name while it reads the request.
ARRIVE_CLEAN = ("\0", "\u202e")


@pytest.fixture
def case_file(db, client_for):
    """Somebody who may add a paper to a case, and where."""
    staged = make_staged()
    return client_for(staged.manager), reverse("cases:document-add", kwargs={"reference": staged.case.reference})


@pytest.fixture
def post(case_file):
    client, url = case_file

    def send(name: str, content: bytes):
        return client.post(url, {"title": TITLE, "upload": SimpleUploadedFile(name, content)})

    return send


def beside_the_file(response) -> str:
    """The words of the error that belongs to the file field, as a reader hears them with it."""
    root = html5lib.parse(response.content.decode(), namespaceHTMLElements=False)
    field = root.find(".//input[@name='upload']")
    ids = (field.get("aria-describedby") or "").split()
    texts = {element.get("id"): "".join(element.itertext()) for element in root.iter() if element.get("id")}
    return " ".join(texts[each] for each in ids if each.endswith("error"))


def typed_title(response) -> str:
    root = html5lib.parse(response.content.decode(), namespaceHTMLElements=False)
    return root.find(".//input[@name='title']").get("value")


@pytest.mark.parametrize("name", files.HONEST)
def test_honest_file_is_kept_as_it_is(post, name):
    content = files.HONEST[name]()
    assert post(name, content).status_code == 302
    version = DocumentVersion.objects.get(document__title=TITLE)
    assert version.original_name == name
    assert version.sha256 == hashlib.sha256(content).hexdigest()
    with version.file.storage.open(str(version.file.name)) as kept:
        assert kept.read() == content
    # On the disk it has a name of ours: nothing that a person typed.
    assert name.rpartition(".")[0] not in version.file.name and "." not in version.file.name


REFUSED = [row for row in files.NASTY if not any(mark in row[0] for mark in ARRIVE_CLEAN)]


@pytest.mark.parametrize(("name", "content", "sentence"), REFUSED, ids=[repr(row[0][:20]) for row in REFUSED])
def test_nasty_file_is_refused_beside_its_field_and_the_title_stays(post, name, content, sentence):
    began = time.thread_time()
    response = post(name, content)
    # This thread's own work: neither a busy machine nor what other tests left running is a failure.
    assert time.thread_time() - began < 5
    assert response.status_code == 422
    assert sentence in beside_the_file(response)
    assert typed_title(response) == TITLE
    assert not Document.objects.exists()


def test_there_are_as_many_files_as_the_bar_asks_for():
    assert len(files.NASTY) + len(files.HONEST) >= 42


@pytest.mark.parametrize(
    ("name", "arrives"),
    [("null\0byte.txt", "nullbyte.txt"), ("turned\u202excod.txt", "turnedxcod.txt"), ("../../etc/up.txt", "up.txt")],
)
def test_name_that_lies_is_made_plain(case_file, name, arrives):
    # Written by hand, as an attacker's own program would.
    body = (
        f'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\n{TITLE}\r\n'
        f'--x\r\nContent-Disposition: form-data; name="upload"; filename="{name}"\r\n\r\ntext\r\n--x--\r\n'
    )
    client, url = case_file
    response = client.post(url, body.encode(), content_type="multipart/form-data; boundary=x")
    assert response.status_code == 302
    assert DocumentVersion.objects.get().original_name == arrives


def test_file_over_the_limit_is_refused_beside_its_field(post):
    response = post("large.txt", b"a" * (60 * MEGABYTE))
    assert response.status_code == 422
    assert "must be 50 MB or smaller" in beside_the_file(response)
    assert typed_title(response) == TITLE


def test_the_limit_is_the_operators(post, settings):
    settings.DOCUMENT_MAX_BYTES = MEGABYTE
    response = post("large.txt", b"a" * (MEGABYTE + 1))
    assert "must be 1 MB or smaller" in beside_the_file(response)
    assert post("large.txt", b"a" * MEGABYTE).status_code == 302


def test_request_of_120_mb_is_read_no_further_than_its_file(case_file):
    client, url = case_file
    start = b'--x\r\nContent-Disposition: form-data; name="upload"; filename="large.txt"\r\n\r\n'
    stream = BytesIO(start + MEGABYTE * b"a")
    sent = {
        "CONTENT_TYPE": "multipart/form-data; boundary=x",
        "CONTENT_LENGTH": str(120 * MEGABYTE),
        "wsgi.input": stream,
    }
    response = client.generic("POST", url, **sent)
    assert response.status_code == 413
    assert "up to 50 MB" in response.content.decode()
    assert stream.tell() <= 128 * 1024


def test_no_file_at_all_keeps_the_title(case_file):
    client, url = case_file
    response = client.post(url, {"title": TITLE})
    assert response.status_code == 422
    assert "Select a file" in beside_the_file(response)
    assert typed_title(response) == TITLE


def test_virus_inside_an_archive_is_found_by_the_scanner(post, clamd):
    server = clamd(finds_eicar)
    content = files.office("docx", {"word/media/note.txt": EICAR})
    assert EICAR not in content
    response = post("report.docx", content)
    assert server.received == content
    assert response.status_code == 422
    assert "A virus was found" in beside_the_file(response)
    assert not Document.objects.exists()


@pytest.mark.parametrize(
    ("reply", "state"),
    [(b"stream: OK\0", ScanState.CLEAN), (b"INSTREAM size limit exceeded. ERROR\0", ScanState.NOT_SCANNED)],
)
def test_what_the_scanner_said_is_on_record(post, clamd, reply, state):
    clamd(reply)
    assert post("a.txt", b"text").status_code == 302
    version = DocumentVersion.objects.get()
    assert version.scan_state == state
    assert (version.scanned_at is not None) == (state == ScanState.CLEAN)


def test_scanner_that_is_away_stops_nobody(post, settings):
    settings.CLAMD_ADDRESS = "127.0.0.1:1"
    assert post("a.txt", b"text").status_code == 302
    assert DocumentVersion.objects.get().scan_state == ScanState.NOT_SCANNED
