"""Pages for customers that are gone offer them nothing of the owner's."""

import pytest
from django.test import Client
from tests.cases import each

from wabolt.accounts.tests.factories import make_workspace, signed_in

pytestmark = pytest.mark.django_db


@each("address", ["/l/AAAAAAAAAAAA", "/m/tidak-ada/", "/tidak/ada/"], undone=True)
def test_a_customer_with_a_dead_link_is_sent_to_the_shop(address: str) -> None:
    answer = Client().get(address)
    page = answer.content.decode().split("<main")[1].split("</main>")[0]
    assert answer.status_code in {404, 410}
    assert "<a " not in page
    assert "<form" not in page


def test_a_member_is_offered_the_search() -> None:
    page = signed_in(make_workspace()).get("/tidak/ada/").content.decode()
    assert "Coba cari" in page or 'role="search"' in page
