"""The registry of the kinds of ways in."""

import pytest
from django.urls import reverse

from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.tests.factories import make_channel
from wabolt.optin.registry import PointKind, kind_of, kinds, register_kind


@pytest.mark.django_db
def test_every_kind_is_offered_with_an_address_that_opens() -> None:
    workspace = make_workspace()
    make_channel(workspace)
    owner = signed_in(workspace)
    shown = owner.get(reverse("optin:choose")).content.decode()
    for kind in kinds():
        assert f'href="{kind.create_url()}"' in shown
        assert owner.get(kind.create_url()).status_code == 200
        assert kind.page_url(1).count("1") >= 1


@pytest.mark.parametrize("key", ["qr", "mug"])
def test_a_kind_is_known_and_registered_once(key: str) -> None:
    with pytest.raises(ValueError, match=key):
        register_kind(PointKind(key=key, label="", hint="", icon="", order=0))
    assert kind_of("qr").key == "qr"
