"""Files that come in to be imported: what documents refuse is refused there too, and nothing is read before its scan."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from councils.imports.applying import carry_out
from councils.imports.reading import read_run
from councils.imports.registry import IMPORTERS
from councils.imports.services import apply_import, ask_to_apply, receive_file
from councils.imports.templates import as_csv, as_xlsx, template_of
from councils.models import ImportRun, PoliticalControl
from cpc.audit.models import Event
from cpc.audit.presenters import sentence
from cpc.components.errors import Refused
from cpc.components.incoming.text import FileUnreadable
from cpc.components.scan_states import ScanResult, ScanState
from cpc.documents.archives import MAX_ENTRIES
from cpc.documents.scanning import EICAR, SCAN_IN_REQUEST_BYTES
from cpc.documents.upload_checks import check_import, scan_import
from tests.councils.imports.raw import FOLDERS
from tests.councils.imports.test_services import CONTENT
from tests.cpc.components.incoming.test_reading import workbook
from tests.cpc.documents import files
from tests.cpc.documents.clamd import finds_eicar
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.filling import beside, parse
from tests.html import assert_valid_html

ADD = reverse("councils:import-add")
OK = b"stream: OK\0"
FOUND = b"stream: Win.Test-1 FOUND\0"
AWAY = b"INSTREAM size limit exceeded. ERROR\0"


@pytest.fixture
def adur(db):
    return make_council(name="Adur", start_on=date(1974, 4, 1))


@pytest.fixture
def keeper(client_for, db):
    return client_for(make_user("programme_manager"))


def upload(client, name, content):
    return client.post(ADD, {"source": "control_history", "upload": SimpleUploadedFile(name, content)})


def receive(content=CONTENT):
    return receive_file(source="control_history", file_name="history.csv", content=content, by=None)


def words_beside(answer):
    page = answer.content.decode()
    assert_valid_html(page)
    return beside(parse(page), "upload")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("eicar.csv", b"a,b\n" + EICAR, "A virus was found in the selected file"),
        ("bomb.xlsx", files.office("xlsx", {"xl/a.bin": b"\0" * 30_000_000}), "too large when it is unpacked"),
        ("many.xlsx", files.office("xlsx", {f"x/{n}": b"" for n in range(MAX_ENTRIES)}), "too many parts"),
        ("part.xlsx", files.office("xlsx", {"xl/vbaProject.bin": b"x"}), "without macros"),
        ("sheet.xlsx", files.office("xlsx", {"xl/macrosheets/sheet1.xml": b"<x/>"}), "without macros"),
        ("dtd.xlsx", files.office("xlsx", {"xl/a.xml": b"<!DOCTYPE a><a/>"}), "unsafe markup"),
        ("up.xlsx", files.office("xlsx", {"../../etc/passwd": b"x"}), "unsafe names"),
        ("inside.xlsx", files.office("xlsx", {"xl/embeddings/a.exe": files.EXE}), "program inside"),
        ("locked.xlsx", files.encrypted(files.office("xlsx")), "password"),
        ("word.xlsx", files.real_docx(), "not a real .xlsx file"),
        ("html.csv", files.HTML, "is a web page"),
        ("bell.csv", b"a,b\n\x07,1\n", "not a real .csv file"),
        ("a" * 230 + ".csv", CONTENT, "must be 220 characters or fewer"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_what_documents_refuse_is_refused_beside_the_field(keeper, name, content, words):
    answer = upload(keeper, name, content)
    assert answer.status_code == 422 and words in words_beside(answer)
    assert not ImportRun.objects.exists()


def honest_files():
    for source, importer in IMPORTERS.items():
        columns = template_of(importer)
        if columns:
            yield f"{source}.csv", as_csv(columns)
            yield f"{source}.xlsx", as_xlsx(columns)
    yield "Zürich, straße.xlsx", workbook(["Zürich", 1, date(2026, 4, 1)])
    yield "excel.csv", "Zürich;naïve\r\n".encode("cp1252")
    yield "unicode.csv", "Zürich,1\r\n".encode("utf-16")
    for path in next((sorted(folder.iterdir()) for folder in FOLDERS if folder.is_dir()), []):
        yield path.name, path.read_bytes()


def test_honest_files_pass():
    names = []
    for name, content in honest_files():
        check_import(name, content)
        names.append(name)
    assert len(names) >= 9


@pytest.mark.parametrize(
    ("name", "words"), [("a.xlsx", "not a real .xlsx"), ("history\u202e.csv", "characters that cannot be used")]
)
def test_what_no_browser_sends_is_refused_too(name, words):
    with pytest.raises(FileUnreadable, match=words):
        check_import(name, CONTENT)


def test_a_virus_that_the_scanner_finds_is_refused_at_the_door(keeper, adur, clamd):
    server = clamd(finds_eicar)
    content = files.office("xlsx", {"xl/note.txt": EICAR})
    assert EICAR not in content
    answer = upload(keeper, "history.xlsx", content)
    assert server.received == content
    assert answer.status_code == 422 and "A virus was found in the selected file" in words_beside(answer)
    assert not ImportRun.objects.exists()
    with pytest.raises(Refused, match="virus"):
        receive_file(
            source="control_history", file_name="x.csv", content=CONTENT, scan=ScanResult(ScanState.INFECTED), by=None
        )


def test_what_was_scanned_at_the_door_is_read_and_applied_without_another_scan(keeper, adur, clamd):
    server = clamd(OK)
    assert upload(keeper, "history.csv", CONTENT).status_code == 302
    run = ImportRun.objects.get()
    assert (run.scan_state, run.scanned_at is not None) == (ScanState.CLEAN, True)
    assert "Checked for viruses" in keeper.get(reverse("councils:import-detail", args=[run.pk])).content.decode()
    read_run(run_id=run.pk)
    run.refresh_from_db()
    ask_to_apply(run=run, version=run.version, by=None)
    assert carry_out(run_id=run.pk) == "applied"
    assert server.scans == 1


def test_a_large_file_is_scanned_by_the_worker_before_it_is_read(adur, clamd):
    server = clamd(OK)
    large = CONTENT + b"\n" * SCAN_IN_REQUEST_BYTES
    assert scan_import(large, somebody_waits=True).state == ScanState.NOT_SCANNED
    assert server.scans == 0
    run = receive(large)
    assert read_run(run_id=run.pk) == "checked"
    run.refresh_from_db()
    assert (server.scans, run.scan_state, run.added) == (1, ScanState.CLEAN, 2)


def test_a_virus_that_the_worker_finds_is_read_by_nobody(keeper, adur, clamd, monkeypatch):
    clamd(FOUND)
    run = receive()
    monkeypatch.setattr(IMPORTERS["control_history"], "read", lambda content, watch: 1 / 0)
    assert read_run(run_id=run.pk) == "discarded"
    run.refresh_from_db()
    assert (run.state, run.content, run.scan_state, run.scan_note) == ("discarded", None, "infected", "Win.Test-1")
    assert read_run(run_id=run.pk) == ""
    page = keeper.get(reverse("councils:import-detail", args=[run.pk])).content.decode()
    assert_valid_html(page)
    assert "A virus was found in this file. It was discarded" in page and "Virus found" in page
    assert "/apply/" not in page and "/reread/" not in page
    event = Event.objects.get(verb="import_infected")
    assert "history.csv" in sentence(event.verb, event.data) and event.by is None


def test_a_scanner_that_is_away_stops_nobody_and_is_asked_again_before_anything_is_applied(keeper, adur, clamd):
    clamd(AWAY)
    upload(keeper, "history.csv", CONTENT)
    run = ImportRun.objects.get()
    assert read_run(run_id=run.pk) == "checked"
    run.refresh_from_db()
    assert (run.scan_state, run.scanned_at) == (ScanState.NOT_SCANNED, None) and "size limit" in run.scan_note
    assert (
        "Not yet checked for viruses" in keeper.get(reverse("councils:import-detail", args=[run.pk])).content.decode()
    )
    ask_to_apply(run=run, version=run.version, by=None)
    clamd(FOUND)
    assert carry_out(run_id=run.pk) == "discarded"
    run.refresh_from_db()
    assert (run.content, run.changes, list(run.lines.values_list("outcome", flat=True))) == (None, [], ["refused"])
    assert not PoliticalControl.objects.exists()
    with pytest.raises(Refused, match="cannot be changed: discarded"):
        apply_import(run=run, by=None)


def test_without_a_scanner_it_is_applied_as_not_checked(adur, settings):
    settings.CLAMD_ADDRESS = ""
    run = receive()
    read_run(run_id=run.pk)
    run.refresh_from_db()
    ask_to_apply(run=run, version=run.version, by=None)
    assert carry_out(run_id=run.pk) == "applied"
    run.refresh_from_db()
    assert (run.scan_state, run.scan_note) == (ScanState.NOT_SCANNED, "No scanner is set up")
