"""The sentence of a way in and its voucher agree, or the owner hears of it."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.tests.factories import make_channel
from wabolt.optin.models import EntryPoint
from wabolt.optin.rules.promises import broken_promise
from wabolt.optin.tests.factories import make_point


@pytest.mark.parametrize(
    ("sentence", "voucher", "promised"),
    [
        ("Diskon 10% untuk belanja pertama", 0, 10),
        ("Diskon 10 persen", 15, 10),
        ("10% off your first order", 10, None),
        ("Hemat 5% hari ini, 10% besok", 10, None),
        ("Gratis ongkir", 0, None),
        ("100% katun", 0, 100),
        ("", 0, None),
        ("Lebih dari 2.500% senang", 0, None),
    ],
)
def test_broken_promise(sentence: str, voucher: int, promised: int | None) -> None:
    assert broken_promise(sentence, [voucher] if voucher else []) == promised


@pytest.mark.django_db
@pytest.mark.parametrize(("voucher", "warned"), [("0", "tidak dapat kode"), ("5", "vouchernya 5%"), ("10", "")])
def test_owner_hears_of_a_promise_that_the_voucher_does_not_keep(voucher: str, warned: str) -> None:
    workspace = make_workspace()
    make_channel(workspace)
    client, address = signed_in(workspace), reverse("optin:new", args=["qr"])
    form = client.get(address).context["form"]
    values = {name: form[name].value() or "" for name in form.fields}
    values |= {"name": "Kasir", "incentive": "Diskon 10%", "voucher_percent": voucher}
    values["channel"] = form.fields["channel"].queryset.get().pk
    answer = client.post(address, values)
    assert answer.status_code == 302
    assert EntryPoint.objects.get().voucher_percent == int(voucher)
    told = [str(message) for message in get_messages(answer.wsgi_request)]
    assert any(warned in words for words in told) if warned else len(told) == 1


@pytest.mark.django_db
def test_settings_name_the_questions_from_the_view_of_the_shop() -> None:
    workspace = make_workspace()
    make_channel(workspace)
    page = signed_in(workspace).get(reverse("optin:new", args=["form"])).content.decode()
    assert "Nama pelanggan" in page.split('id="preview"')[0]
    assert "Nama Kakak" not in page.split('id="preview"')[0]


@pytest.mark.django_db
def test_kit_of_a_number_without_phone_says_so_once() -> None:
    workspace = make_workspace()
    point = make_point(make_channel(workspace, provider="linked", phone=""))
    page = signed_in(workspace).get(reverse("optin:kit", args=[point.pk])).content.decode()
    assert page.count("belum ditautkan") == 1
    assert "wi-kit-preview" not in page
