"""What is written is read for years and cannot be mended: it is whole, or it is refused."""

from __future__ import annotations

import pytest

from cpc.audit.models import Event
from cpc.audit.presenters import VERBS, names_in, sentence
from cpc.audit.services import record, record_each

pytestmark = pytest.mark.django_db
WITH_NAMES = sorted(verb for verb, words in VERBS.items() if names_in(words))


@pytest.mark.parametrize("verb", WITH_NAMES)
def test_an_event_without_a_name_of_its_sentence_is_refused(verb):
    whole = {name: "something" for name in names_in(VERBS[verb])}
    for name in whole:
        lacking = {each: value for each, value in whole.items() if each != name}
        with pytest.raises(ValueError, match=rf"\b{name}\b"):
            record(verb=verb, by=None, data=lacking)
        with pytest.raises(ValueError, match=rf"\b{name}\b"):
            record_each(verb=verb, by=None, cases=[None, None], data=[whole, lacking])
    assert not Event.objects.exists()
    assert "…" not in sentence(verb, record(verb=verb, by=None, data=whole).data)


def test_an_event_of_before_that_lacks_a_name_can_still_be_read():
    assert sentence("case_paused", {}) == "paused the peer challenge: …"
