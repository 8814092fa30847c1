"""Pages of carts, and noting one in a conversation."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.cases import each

from wabolt.accounts.models import AuditEntry, Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.commerce.models import Cart, CartSettings, CartVersion, Order
from wabolt.commerce.queries import goods, lines_of
from wabolt.commerce.registrations import _count, _remove
from wabolt.commerce.services import CartLine, abandon_idle_carts, record_orders
from wabolt.commerce.services.abandoning import IdleCarts
from wabolt.commerce.tests.factories import make_cart, make_order, new_order
from wabolt.contacts.models import Contact
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def contact(workspace: Workspace) -> Contact:
    return make_contact(workspace, "Ayu Lestari")


def seen(html: str) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', html)
    assert found
    return found[1]


def note(client: Client, contact: Contact, **values: str) -> str:
    """Opens the page and submits its form with `values`. Returns the page or the address of the redirect."""
    url = reverse("commerce:note_cart", args=[contact.pk])
    response = client.post(url, {"seen": seen(client.get(url).content.decode()), "words": "", **values})
    return response.headers.get("Location") or response.content.decode()


def test_an_empty_list_says_what_to_do(workspace: Workspace) -> None:
    assert "Belum ada keranjang" in signed_in(workspace).get(reverse("commerce:carts")).content.decode()


def test_the_list_shows_states_and_filters(workspace: Workspace, contact: Contact) -> None:
    left, other = make_cart(contact), make_contact(workspace, "Budi")
    with clock.hold(clock.now() + timedelta(hours=2)):
        abandon_idle_carts(IdleCarts())
        make_cart(other, CartLine(name="Kulot", price=149_000), key="web:2")
    client = signed_in(workspace, "viewer")
    page = client.get(reverse("commerce:carts")).content.decode()
    assert "1 keranjang ditinggal, nilainya Rp225.000." in page
    assert "Gamis" in page
    assert "Kulot" in page
    page = client.get(reverse("commerce:carts"), {"state": "abandoned"}).content.decode()
    assert "Gamis" in page
    assert "Kulot" not in page
    assert client.get(reverse("commerce:cart", args=[left.pk])).status_code == 200


def test_number_of_statements_does_not_grow_with_the_carts(workspace: Workspace) -> None:
    client = signed_in(workspace)
    make_cart(make_contact(workspace))
    client.get(reverse("commerce:carts"))
    counts = []
    for number in (0, 5):
        for more in range(number):
            make_cart(make_contact(workspace), key=f"web:{more + 2}")
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("commerce:carts"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_cart_shows_its_versions(workspace: Workspace, contact: Contact) -> None:
    cart = make_cart(contact)
    make_cart(contact, CartLine(name="Gamis Katun", price=225_000, quantity=3))
    page = signed_in(workspace).get(reverse("commerce:cart", args=[cart.pk])).content.decode()
    assert "3× Gamis Katun" in page
    assert "1× Gamis Katun" in page


def test_noting_a_product_takes_two_taps(workspace: Workspace, contact: Contact) -> None:
    make_order(workspace, contact.pk, total=245_000)
    client = signed_in(workspace, "agent")
    conversation = client.get(reverse("contacts:detail", args=[contact.pk])).content.decode()
    assert reverse("commerce:note_cart", args=[contact.pk]) in conversation
    assert "Kemeja Batik Parang" in client.get(reverse("commerce:note_cart", args=[contact.pk])).content.decode()
    assert note(client, contact, sku="BTK-01", next="/inbox/") == "/inbox/"
    assert note(client, contact, sku="BTK-01") == reverse("contacts:detail", args=[contact.pk])
    cart = Cart.objects.get()
    assert (cart.total, cart.version, cart.source) == (490_000, 2, "chat")
    assert "2× Kemeja Batik Parang" in client.get(reverse("contacts:detail", args=[contact.pk])).content.decode()


def test_a_second_tap_on_the_same_page_adds_nothing(workspace: Workspace, contact: Contact) -> None:
    client = signed_in(workspace, "agent")
    url = reverse("commerce:note_cart", args=[contact.pk])
    for status in (302, 422):
        assert client.post(url, {"seen": "", "words": "kemeja 150rb"}).status_code == status
    assert Cart.objects.get().total == 150_000


def test_typed_words_are_added_to_the_cart(workspace: Workspace, contact: Contact) -> None:
    client = signed_in(workspace, "agent")
    note(client, contact, words="2 kemeja batik 150rb")
    note(client, contact, words="tas 165.000, kemeja batik 150rb")
    cart = Cart.objects.get()
    assert [(line["name"], line["quantity"]) for line in lines_of([cart])[cart.pk]] == [("kemeja batik", 3), ("tas", 1)]
    assert CartVersion.objects.filter(by__isnull=False).count() == 2


def test_unclear_words_stay_in_the_form(workspace: Workspace, contact: Contact) -> None:
    page = note(signed_in(workspace, "agent"), contact, words="2 kemeja <b>")
    assert "2 kemeja &lt;b&gt;" in page
    assert "tulis juga harganya" in page
    assert not Cart.objects.exists()


def test_ordering_a_noted_cart_records_the_order(workspace: Workspace, contact: Contact) -> None:
    client = signed_in(workspace, "agent")
    note(client, contact, words="2 kemeja batik 150rb")
    cart = Cart.objects.get()
    url = reverse("commerce:close_cart", args=[cart.pk])
    assert client.post(url, {"do": "order", "next": "/inbox/"}).headers["Location"] == "/inbox/"
    client.post(url, {"do": "order"})
    cart.refresh_from_db()
    order = Order.objects.get()
    assert (cart.state, cart.order, order.total, order.source) == ("ordered", order, 300_000, "chat")
    assert AuditEntry.objects.filter(action="cart.order", target_id=contact.pk).count() == 1
    note(client, contact, words="tas 165rb")
    assert Cart.objects.filter(state="open").count() == 1


def test_emptying_a_cart(workspace: Workspace, contact: Contact) -> None:
    cart = make_cart(contact)
    signed_in(workspace, "agent").post(reverse("commerce:close_cart", args=[cart.pk]), {"do": "empty"})
    cart.refresh_from_db()
    assert (cart.state, cart.version) == ("emptied", 2)


@each(("role", "status"), [("viewer", 403), ("agent", 200)], undone=True)
def test_roles_that_may_note_a_cart(workspace: Workspace, contact: Contact, role: str, status: int) -> None:
    client = signed_in(workspace, role)
    assert client.get(reverse("commerce:note_cart", args=[contact.pk])).status_code == status


@each(
    "url",
    ["javascript:alert(1)", "//evil.example", "https://evil.example", "/\\evil.example", "http:evil.example"],
    undone=True,
)
def test_the_way_back_leads_to_a_page_of_ours(workspace: Workspace, contact: Contact, url: str) -> None:
    client, page = signed_in(workspace, "agent"), reverse("commerce:note_cart", args=[contact.pk])
    assert url not in client.get(page, {"next": url}).content.decode()
    assert 'href="/inbox/7/"' in client.get(page, {"next": "/inbox/7/"}).content.decode()
    noted = client.post(page, {"seen": "", "words": "2 kemeja batik 150rb", "next": url})
    assert noted.headers["Location"] == reverse("contacts:detail", args=[contact.pk])


def test_carts_of_another_shop_are_not_found(contact: Contact) -> None:
    cart, client = make_cart(contact), signed_in(make_workspace("Lain"))
    assert client.get(reverse("commerce:cart", args=[cart.pk])).status_code == 404
    assert client.post(reverse("commerce:close_cart", args=[cart.pk]), {"do": "empty"}).status_code == 404
    assert client.get(reverse("commerce:note_cart", args=[contact.pk])).status_code == 404
    assert "Gamis" not in client.get(reverse("commerce:carts")).content.decode()


def test_the_shop_chooses_the_wait(workspace: Workspace) -> None:
    client, url = signed_in(workspace), reverse("commerce:cart_settings")
    found = re.search(r'name="version" value="([^"]*)"', client.get(url).content.decode())
    assert found
    assert client.post(url, {"abandoned_after": "1", "version": found[1]}).status_code == 422
    assert client.post(url, {"abandoned_after": "180", "version": found[1]}).status_code == 302
    assert CartSettings.objects.get().abandoned_after == 180


def test_goods_begin_with_the_products_that_sell(workspace: Workspace, contact: Contact) -> None:
    make_order(make_workspace("Lain"), make_contact(make_workspace("Ketiga")).pk)
    orders = [new_order(contact.pk, "A"), new_order(contact.pk, "B", total=300_000)]
    record_orders(workspace=workspace, orders=orders)
    assert [(one.sku, one.name) for one in goods(workspace)] == [("BTK-01", "Kemeja Batik Parang")]


def test_old_carts_are_removed_with_their_versions(workspace: Workspace, contact: Contact) -> None:
    make_cart(contact)
    later = clock.now() + timedelta(days=1)
    assert _count(workspace.pk, later) == 1
    after, removed = _remove(workspace.pk, later, 0, 10)
    assert removed == 1
    assert _remove(workspace.pk, later, after or 0, 10) == (None, 0)
    assert not CartVersion.objects.exists()


def test_a_nameless_customer_is_shown_by_number(workspace: Workspace) -> None:
    contact = make_contact(workspace, "", phone="+6281234567890")
    cart, client = make_cart(contact), signed_in(workspace)
    pages = [("carts",), ("cart", cart.pk), ("note_cart", contact.pk)]
    for name, *args in pages:
        shown = client.get(reverse(f"commerce:{name}", args=args)).content.decode()
        assert "+62 812-3456-7890" in shown, name
