"""A file comes in by a page, is looked through, and is applied, discarded or taken back."""

import csv
import io
import zipfile
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from councils.imports import reading
from councils.imports.applying import carry_out
from councils.imports.services import apply_import, check_file
from councils.models import ImportRun, PoliticalControl
from cpc.components.incoming.text import LARGEST_FILE
from tests.councils.imports.test_services import CONTENT
from tests.counting import captured_queries, count_queries
from tests.cpc.components.incoming.test_reading import workbook
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.filling import post_forms
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db

LIST, ADD = reverse("councils:import-list"), reverse("councils:import-add")


def page(name, run):
    return reverse(f"councils:import-{name}", kwargs={"pk": run.pk})


@pytest.fixture
def adur():
    return make_council(name="Adur", start_on=date(1974, 4, 1))


@pytest.fixture
def keeper(client_for):
    return client_for(make_user("programme_manager"))


def check(content=CONTENT):
    return check_file(source="control_history", file_name="history.csv", content=content, by=make_user("administrator"))


def post_apply(client, run, **how):
    return client.post(page("apply", run), {"version": run.version}, **how)


def upload(client, name="history.csv", content=CONTENT, source="control_history"):
    return client.post(ADD, {"source": source, "upload": SimpleUploadedFile(name, content)})


def test_a_file_is_uploaded_read_and_looked_through(keeper, adur):
    answer = upload(keeper)
    run = ImportRun.objects.get()
    assert (answer.status_code, answer.url) == (302, page("detail", run))
    waiting = keeper.get(page("detail", run)).content.decode()
    assert_valid_html(waiting)
    assert "The file is waiting to be read" in waiting and "Look again" in waiting
    ImportRun.objects.filter(pk=run.pk).update(state="running", rows_read=1200, rows_total=20311)
    assert "1,200 of 20,311 lines read so far" in keeper.get(page("detail", run)).content.decode()
    # A second press of the button is the same file.
    assert upload(keeper).url == page("detail", run)
    reading.read_run(run_id=run.pk)
    shown = keeper.get(page("detail", run))
    content = shown.content.decode()
    assert_valid_html(content)
    for text in ("Refused (1)", "Added (2)", "Changed (0)", "Nowhere", "is not in the register", run.file_hash):
        assert text in content
    assert content.count("app-break") == 2
    added = keeper.get(page("detail", run) + "?show=added").content.decode()
    assert "Adur, 2014" in added and "Seats of Labour: 1" in added
    assert "No such line" in keeper.get(page("detail", run) + "?show=changed").content.decode()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("history.docx", CONTENT, "The selected file must be .csv or .xlsx"),
        ("history", CONTENT, "The selected file must be .csv or .xlsx"),
        ("history.csv", b"  \n", "The selected file is empty"),
        ("history.csv", b"", "The selected file is empty"),
        ("history.csv", b"\x00\x01\x02", "The selected file must be .csv or .xlsx, with text in it"),
        ("history.xlsx", CONTENT, "is not what its name says"),
        ("history.csv", workbook(["a"]), "is not what its name says"),
        ("history.xlsx", b"PK\x03\x04 and no more", "The selected file is not a real .xlsx file"),
        ("history.xlsm", workbook(["a"]), "Files with macros cannot be imported"),
        ("history.csv", b"a," * (LARGEST_FILE // 2 + 1), "must be 20 MB or smaller"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_beside_the_field(keeper, name, content, words):
    answer = upload(keeper, name, content)
    text = answer.content.decode()
    assert answer.status_code == 422 and words in text
    assert 'href="#id_upload"' in text
    assert post_forms(text, ADD)[0].fields["source"].value == "control_history"
    assert_valid_html(text)
    assert not ImportRun.objects.exists()


def test_a_workbook_with_macros_under_another_name_is_refused(keeper):
    content = io.BytesIO(workbook(["a"]))
    with zipfile.ZipFile(content, "a") as packed:
        packed.writestr("xl/vbaProject.bin", b"x")
    answer = upload(keeper, "history.xlsx", content.getvalue())
    assert answer.status_code == 422 and "Files with macros cannot be uploaded" in answer.content.decode()


def test_without_a_source_or_a_file_both_are_asked_for(keeper):
    answer = keeper.post(ADD, {"source": "no such"})
    text = answer.content.decode()
    assert answer.status_code == 422 and 'href="#id_source"' in text and "Select a file" in text


def test_apply_asks_once_and_a_second_click_changes_nothing(keeper, adur):
    run = check()
    asked = keeper.get(page("apply", run)).content.decode()
    assert "adds 2 and changes 0 entries" in asked and ">Back</a>" in asked and not PoliticalControl.objects.exists()
    assert post_apply(keeper, run).status_code == 302
    content = keeper.get(page("detail", run)).content.decode()
    assert_valid_html(content)
    for words in ("The import will be applied now", "The import is waiting to be applied", "Look again"):
        assert words in content
    assert "/discard/" not in content and not PoliticalControl.objects.exists()
    ImportRun.objects.filter(pk=run.pk).update(state="applying", rows_read=1200, rows_total=20311)
    assert "1,200 of 20,311 lines compared" in keeper.get(page("detail", run)).content.decode()
    ImportRun.objects.filter(pk=run.pk).update(changes_made=2000, changes_total=62867)
    content = keeper.get(page("detail", run)).content.decode()
    assert_valid_html(content)
    assert "2,000 of 62,867 changes written so far" in content
    # A second press, by a page that was open before, asks for nothing more; nor does one when it is done.
    assert "asked for this import to be applied already" in post_apply(keeper, run, follow=True).content.decode()
    carry_out(run_id=run.pk)
    assert "asked for this import to be applied already" in post_apply(keeper, run, follow=True).content.decode()
    assert PoliticalControl.objects.count() == 2
    content = keeper.get(page("detail", run)).content.decode()
    assert "Undo" in content and "Discard" not in content
    # What was refused stays, and so does who applied it.
    assert "Nowhere" in content and "Applied" in content


def test_a_register_that_changed_meanwhile_is_told(keeper, adur):
    run = check()
    PoliticalControl.objects.create(council=adur, year=2015, control="Liberal Democrat")
    assert post_apply(keeper, run).status_code == 302
    carry_out(run_id=run.pk)
    content = keeper.get(page("detail", run)).content.decode()
    assert_valid_html(content)
    assert "has changed since this file was read" in content and "Read again" in content
    assert PoliticalControl.objects.get().control == "Liberal Democrat"
    assert keeper.post(page("reread", run)).status_code == 302
    reading.read_run(run_id=run.pk)
    assert (
        "Control: Liberal Democrat becomes Labour" in keeper.get(page("detail", run) + "?show=changed").content.decode()
    )
    # Whoever looked at it before it was read again has not seen what it would change now.
    ImportRun.objects.filter(pk=run.pk).update(added=7)
    answer = post_apply(keeper, run)
    text = answer.content.decode()
    assert answer.status_code == 409 and "read again since you looked at it" in text
    assert_valid_html(text)
    # What it would change now, and the next press knows it.
    assert "adds 7 and changes 1 entries" in text and "govuk-error-summary" in text and "<title>Error: " in text
    assert post_forms(text, page("apply", run))[0].fields["version"].value == "2"
    for wrong in ({}, {"version": "x"}, {"version": "9" * 30}, {"version": "²"}):
        assert keeper.post(page("apply", run), wrong).status_code == 409
    run.refresh_from_db()
    assert run.state == "checked"
    assert post_apply(keeper, run).status_code == 302


def test_discard_and_what_is_refused_after_it(keeper, adur):
    run = check()
    for _ in range(2):
        assert keeper.post(page("discard", run)).status_code == 302
    for name in ("apply", "undo", "reread"):
        answer = keeper.post(page(name, run))
        assert answer.status_code == 422
        assert_valid_html(answer.content.decode())
    assert "cannot be changed: discarded" in keeper.post(page("apply", run)).content.decode()
    content = keeper.get(page("detail", run)).content.decode()
    assert "Apply" not in content and "Read again" not in content


def test_undo_names_what_changed_since_and_undoes_the_rest_when_told(keeper, adur):
    run = apply_import(run=check(), by=None)
    PoliticalControl.objects.filter(year=2015).update(control="Labour, Green")
    answer = keeper.post(page("undo", run), follow=True)
    content = answer.content.decode()
    assert_valid_html(content)
    assert "The import will be undone now" in content and "The import is waiting to be undone" in content
    assert "asked for this import to be undone already" in keeper.post(page("undo", run), follow=True).content.decode()
    ImportRun.objects.filter(pk=run.pk).update(state="undoing", changes_made=2000, changes_total=62867)
    assert "2,000 of 62,867 changes taken back so far" in keeper.get(page("detail", run)).content.decode()
    carry_out(run_id=run.pk)
    content = keeper.get(page("detail", run)).content.decode()
    assert_valid_html(content)
    assert "someone changed this since: Adur, 2015 (control)." in content and "/undo/" in content
    assert PoliticalControl.objects.count() == 2
    asked = keeper.get(page("undo", run)).content.decode()
    assert "You can undo the rest and leave this as it is." in asked and "Undo the rest" in asked
    form = next(form for form in post_forms(asked, page("undo", run)) if "leave_changed" in form.fields)
    assert form.fields["leave_changed"].value == "yes"
    for _ in range(2):
        assert keeper.post(page("undo", run), {"leave_changed": "yes"}).status_code == 302
        carry_out(run_id=run.pk)
    assert list(PoliticalControl.objects.values_list("year", "control")) == [(2015, "Labour, Green")]
    assert "Undone" in keeper.get(page("detail", run)).content.decode()


def test_only_the_last_import_is_undone(keeper, adur):
    first = apply_import(run=check(), by=None)
    second = apply_import(run=check(CONTENT.replace(b"2,1,0,0,0,Con,Con", b"3,0,0,0,0,Con,Con")), by=None)
    assert "/undo/" not in keeper.get(page("detail", first)).content.decode()
    assert "/undo/" in keeper.get(page("detail", second)).content.decode()
    answer = keeper.post(page("undo", first))
    assert answer.status_code == 422 and "Only the last import" in answer.content.decode()
    assert keeper.post(page("undo", second)).status_code == 302


def test_refusals_are_a_file_that_no_spreadsheet_works_out(keeper, adur):
    more = "3,=1+1,2015,1,1,0,0,0,0,Con,Con\n3,Zürich,2015,1,1,0,0,0,0,Con,Con\n"
    run = check(CONTENT + more.encode())
    answer = keeper.get(page("refusals", run))
    assert answer["Content-Disposition"] == f'attachment; filename="refused-{run.pk}.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows == [
        ["Line", "Column", "Value", "Reason"],
        ["5", "authority", "'=1+1", "looks like a formula"],
        ["4", "authority", "Nowhere", "is not in the register"],
        ["6", "authority", "Zürich", "is not in the register"],
    ]


def test_lines_outside_the_register_have_a_list_of_their_own(keeper):
    make_council(name="Gone", gss_code="E10000002", end_on=date(2019, 3, 31))
    content = (
        b"official-name,gss-code,start-date,end-date,region,local-authority-type,pop-2020,lat,long\n"
        b"Old Borough Council,,,2015-03-31,,NID,,,\nFar Council,E07009999,,,,NMD,,,\n=Big,E12000007,,,,SRA,,,\n"
    )
    run = check_file(source="mysociety", file_name="authorities.csv", content=content, by=None)
    text = keeper.get(page("detail", run)).content.decode()
    assert "Refused (1)" in text and "Outside the register (2)" in text and "ended on" not in text
    shown = keeper.get(page("detail", run) + "?show=outside").content.decode()
    assert_valid_html(shown)
    for words in ("Old Borough Council", "ended on 31 March 2015", "=Big", "Nothing is wrong with these lines"):
        assert words in shown
    assert "Far Council" not in shown
    answer = keeper.get(page("refusals", run) + "?show=outside")
    assert f"outside-{run.pk}.csv" in answer["Content-Disposition"]
    assert list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[1:] == [
        ["2", "official-name", "Old Borough Council", "ended on 31 March 2015, before the register begins"],
        ["4", "official-name", "'=Big", "is a strategic authority, not a council"],
    ]
    assert "E07009999" in keeper.get(page("refusals", run)).content.decode()
    listed = keeper.get(LIST).content.decode()
    assert_valid_html(listed)
    assert "Outside the register" in listed
    # Of a file that is not wanted, what was not taken stays to be looked through, as refusals do.
    keeper.post(page("discard", run))
    assert "ended on" in keeper.get(page("detail", run) + "?show=outside").content.decode()


def test_a_broken_reading_is_told_and_can_be_read_again(keeper, adur):
    run = check()
    ImportRun.objects.filter(pk=run.pk).update(
        state="broken", failure="The service made a mistake.", added=0, refused=0
    )
    content = keeper.get(page("detail", run)).content.decode()
    assert "The service made a mistake." in content and "Read again" in content and "/apply/" not in content


def test_lists_cost_the_same_with_one_and_three_and_read_no_file(keeper, adur):
    counts = []
    for _ in range(2):
        check()
        counts.append(
            (
                count_queries(lambda: keeper.get(LIST)),
                count_queries(lambda: keeper.get(page("detail", ImportRun.objects.latest("pk")) + "?show=added")),
            )
        )
        check()
    assert counts[0] == counts[1]
    run = ImportRun.objects.latest("pk")
    for url in (LIST, page("detail", run)):
        statements = " ".join(captured_queries(lambda: keeper.get(url)))  # noqa: B023 - called at once
        assert '"councils_importrun"."content"' not in statements and '"councils_importrun"."changes"' not in statements


def test_lists_have_pages(keeper, adur, monkeypatch):
    monkeypatch.setattr("cpc.components.pages.ListPage.page_size", 1)
    run = check()
    check()
    content = keeper.get(LIST).content.decode()
    assert "Page 1 of 2" in content
    second = keeper.get(page("detail", run) + "?show=added&page=2").content.decode()
    assert "Adur, 2015" in second and "Adur, 2014" not in second
    assert_valid_html(second)


def test_only_those_who_may_import_see_it(client_for, keeper, adur):
    run = check()
    assert LIST in keeper.get(reverse("councils:list")).content.decode()
    for role in ("principal_adviser", "coordinator", "peer"):
        client = client_for(make_user(role, council=adur) if role == "coordinator" else make_user(role))
        for url in (
            LIST,
            ADD,
            *(page(name, run) for name in ("detail", "refusals", "apply", "discard", "reread", "undo")),
        ):
            assert client.get(url).status_code == 403
        assert client.post(page("apply", run)).status_code == 403
    adviser = client_for(make_user("principal_adviser"))
    assert LIST not in adviser.get(reverse("councils:list")).content.decode()
    assert keeper.get(reverse("councils:import-detail", kwargs={"pk": 0})).status_code == 404
