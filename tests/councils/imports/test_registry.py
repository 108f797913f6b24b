"""Whatever the bytes are, an importer answers with lines and refusals and never falls over."""

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from councils.imports.registry import IMPORTERS, register_importer
from councils.imports.sources.control import HEADER_EARLIER, HEADER_LATER
from councils.imports.sources.register.source import COLUMNS as REGISTER
from tests.assessments.progress_review.importers.test_recommendations import COLUMNS as RECOMMENDATIONS
from tests.councils.imports.sources.test_authorities import GOVUK, MYSOCIETY
from tests.councils.imports.sources.test_contacts import HEADER as CONTACTS
from tests.councils.imports.sources.test_neighbours import DFE_HEADER
from tests.councils.imports.sources.test_tenures import HEADER as TENURES
from tests.cpc.casework.importers.past.test_template import HEADER as PAST
from tests.cpc.casework.under_way.test_importer import columns as columns_under_way
from tests.cpc.components.incoming.test_reading import workbook
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db

HEADERS = {
    "control_history": [",".join([*HEADER_LATER, ""]), ",".join(HEADER_EARLIER)],
    "ons_neighbours": ["AREACD,1,2,3"],
    "dfe_neighbours": [",".join(str(cell or "") for cell in DFE_HEADER)],
    "mysociety": [MYSOCIETY],
    "govuk": [GOVUK],
    "tenures": [TENURES],
    "contacts": [CONTACTS],
    "past_challenges": [PAST],
    "challenges_under_way": [",".join(columns_under_way())],
    "recommendations": [",".join(RECOMMENDATIONS)],
    "register": [",".join(REGISTER)],
    "bank_holidays": ['{"england-and-wales": {"events": [{"title": "A", "date": "2031-01-01"}]}}'],
}
CELLS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(["", "1", "1,5", "-1", "=1", "Adur", "E07000223", "2016", "Con", "NULL", "inf", "2005-06-18", "٣"]),
)
ROWS = st.lists(st.lists(CELLS, max_size=18), max_size=4)


def test_every_source_has_a_name_and_a_title_of_its_own():
    assert set(IMPORTERS) == set(HEADERS)
    assert len({importer.title for importer in IMPORTERS.values()}) == len(IMPORTERS)
    assert all(source == importer.source for source, importer in IMPORTERS.items())
    register_importer(IMPORTERS["govuk"])
    assert set(IMPORTERS) == set(HEADERS)


def quoted(rows):
    return "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)


@pytest.mark.parametrize("source", HEADERS)
@given(rows=ROWS, junk=st.binary(max_size=60))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_makes_an_importer_fall_over(source, rows, junk):
    importer = IMPORTERS[source]
    for header in HEADERS[source]:
        content = f"{header}\n{quoted(rows)}".encode("utf-8", "replace")
        for each in (content, content + junk, junk):
            reading = importer.read(each)
            assert all(refusal.line >= 1 and refusal.reason for refusal in reading.refusals)


@pytest.mark.parametrize("source", HEADERS)
def test_a_workbook_cut_anywhere_is_refused_or_read(source):
    make_council(name="Adur", gss_code="E07000223")
    whole = workbook(*(header.split(",") for header in HEADERS[source]), ["1", "Adur", "E07000223"])
    for end in range(4, len(whole), 97):
        reading = IMPORTERS[source].read(whole[:end])
        assert reading.statements == [] and reading.refusals
    for place in range(30, len(whole), 211):
        broken = io.BytesIO(whole)
        broken.seek(place)
        broken.write(b"\xff\x00\xff")
        assert IMPORTERS[source].read(broken.getvalue()) is not None
