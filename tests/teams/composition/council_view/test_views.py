from uuid import uuid4

import pytest

from teams.composition.models import CouncilComment
from tests.factories.peers import make_peer
from tests.teams.composition.conftest import url
from tests.teams.markup import assert_valid_html

pytestmark = pytest.mark.django_db


def test_council_comments_once_and_cannot_add_a_peer(client_for, world):
    case, _, people = world
    client = client_for(people["leader"])
    values = {"kind": "objection", "member": "", "reason": "Too close to us", "form_key": str(uuid4())}
    for _ in range(2):
        assert client.post(url(case, "comment-add"), values).status_code == 302
    assert CouncilComment.objects.count() == 1
    refused = client.post(url(case, "member-add", profile=make_peer().pk), {"role": "shadow_peer", "post_printed": "x"})
    assert refused.status_code == 403
    missing = client.post(url(case, "comment-add"), values | {"reason": "", "form_key": str(uuid4())})
    assert missing.status_code == 422
    assert_valid_html(missing.content.decode())
