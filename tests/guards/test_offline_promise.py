"""The page "More" promises which pages can be read without a connection: these and no others are kept."""

import pytest
from django.urls import reverse

from tests.guards.pages import furnished, pages
from wabolt.accounts.tests.factories import signed_in

PROMISED = {
    "analytics:home", "contacts:list", "contacts:detail", "inbox:list", "inbox:conversation", "messaging:conversation",
    "broadcasts:list", "broadcasts:detail",
}  # fmt: skip


@pytest.mark.django_db
def test_pages_that_are_kept_are_those_that_are_promised() -> None:
    workspace = furnished()
    client = signed_in(workspace)
    kept = {
        page.name.partition(" ")[0]
        for page in pages(client, workspace, refused=False)
        if client.get(page.address).headers.get("X-WABolt-Keep")
    }
    assert kept == PROMISED
    more = client.get(reverse("ui:more")).content.decode()
    for word in ("Beranda", "kontak", "obrolan", "broadcast"):
        assert word in more.split('data-install-way="prompt"')[1].split("</p>")[0]
