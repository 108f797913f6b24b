"""Empty files of our own form: what they hold, and that they are read as they were handed out."""

import io

import openpyxl
import pytest
from django.urls import reverse

from councils.imports.registry import IMPORTERS
from councils.imports.templates import as_csv, as_xlsx, template_of
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db

OWN = [source for source, importer in IMPORTERS.items() if template_of(importer)]


@pytest.mark.parametrize("source", OWN)
@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_an_empty_template_is_read_as_a_file_without_lines(source, write):
    content = write(template_of(IMPORTERS[source]))
    reading = IMPORTERS[source].read(content)
    assert reading.statements == []
    assert [refusal.reason for refusal in reading.refusals] == ["holds no lines under its header"]


def test_templates_explain_their_columns():
    columns = template_of(IMPORTERS["tenures"])
    header, notes = as_csv(columns).decode("utf-8-sig").splitlines()
    assert header == "gss_code,post,name,party,first_day,last_day,first_post,interim"
    assert notes.startswith('"# The code of the council, such as E07000223"')
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(columns)))
    assert [sheet.title for sheet in book] == ["Lines", "Help"]
    assert [row[0].value for row in book["Help"].iter_rows(min_row=2)] == [column.name for column in columns]


def test_templates_are_downloaded_from_the_page_of_uploads(client_for):
    client = client_for(make_user("administrator"))
    content = client.get(reverse("councils:import-add")).content.decode()
    for source in OWN:
        for ending in ("csv", "xlsx"):
            url = reverse(f"councils:import-template-{ending}", kwargs={"source": source})
            assert url in content
            answer = client.get(url)
            assert answer.status_code == 200
            assert answer["Content-Disposition"] == f'attachment; filename="{source}.{ending}"'
    for source in ("govuk", "nothing"):
        assert client.get(reverse("councils:import-template-csv", kwargs={"source": source})).status_code == 404
