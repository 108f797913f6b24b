"""What is published stands at an address that anybody can open."""

from urllib.parse import quote

import pytest

from cpc.components.forms import Form, URLField
from cpc.components.web_address import NotPublic, PublicAddressField, public_address
from tests.architecture.test_text import every_form

PAGE = "https://www.harrowdale.example/peer-challenge/report?part=2&year=2027"
SAFE_LINK = f"https://eur02.safelinks.protection.outlook.com/?url={quote(PAGE, safe='')}&data=05%7C02&reserved=0"


@pytest.mark.parametrize(
    "typed",
    [PAGE, f"\u200b{PAGE} ", SAFE_LINK, f"https://www.google.com/url?q={quote(PAGE, safe='')}&sa=D"],
)
def test_a_public_address_is_taken_out_of_what_a_mail_program_made_of_it(typed):
    assert public_address(typed) == PAGE


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("https://eur02.safelinks.protection.outlook.com/?data=05", "mail program"),
        ("https://urldefense.com/v3/__https://www.harrowdale.example__;!!x", "mail program"),
        ("https://harrowdale.sharepoint.com/:b:/s/plan", "one organisation only"),
        ("https://harrowdale-my.sharepoint.com/personal/x", "one organisation only"),
        (f"https://eur02.safelinks.protection.outlook.com/?url={quote('https://a.sharepoint.com/x', safe='')}", "one organisation only"),
        ("http://localhost/plan", "one network only"),
        ("http://localhost./plan", "one network only"),
        ("https://intranet/plan", "one network only"),
        ("https://intranet.harrowdale.example/plan", "one network only"),
        ("https://web.harrowdale.local/plan", "one network only"),
        ("https://10.0.0.5/plan", "number"),
        ("https://192.168.1.1:8000/plan", "number"),
        ("https://167772165/plan", "number"),
        ("https://0x0a000005/plan", "number"),
        ("https://0x7f.1/plan", "number"),
        ("https://[::1]/plan", "number"),
        ("https://somebody:secret@www.harrowdale.example/plan", "without them"),
        ("ftp://www.harrowdale.example/plan", "https://"),
        ("file:///c:/plan.pdf", "https://"),
        ("https://www.harrowdale.example:port/plan", "correct format"),
    ],
)  # fmt: skip
def test_an_address_that_opens_for_some_only_is_refused_with_the_reason(typed, words):
    with pytest.raises(NotPublic) as refused:
        public_address(typed)
    assert words in str(refused.value)


def test_the_reason_stands_beside_the_field():
    form = type("Page", (Form,), {"it": PublicAddressField(label="Address")})
    assert form({"it": SAFE_LINK}).is_valid()
    refused = form({"it": "https://harrowdale.sharepoint.com/plan"})
    assert not refused.is_valid()
    assert "one organisation only" in refused.errors["it"][0]


@pytest.mark.parametrize(("typed", "words"), [("A title", "correct format"), ("x" * 300, "You entered")])
def test_what_is_no_web_address_is_told_so(typed, words):
    form = type("Page", (Form,), {"it": PublicAddressField(label="Address", max_length=250)})({"it": typed})
    assert words in form.errors["it"][0]


def test_every_form_that_takes_a_publication_address_asks_the_same():
    found = {
        f"{form.__module__}.{form.__name__}": field
        for form in every_form()
        for name, field in form.base_fields.items()
        if name == "published_address"
    }
    assert {name.rpartition(".")[2] for name in found} == {"PublishForm", "CorrectPublicationForm"}
    assert all(isinstance(field, PublicAddressField) for field in found.values())
    assert isinstance(next(iter(found.values())), URLField)
