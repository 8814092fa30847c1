"""The check of a text about promotions: who writes, what, how often, and how to stop."""

import re

import pytest
from django.urls import reverse
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.consent.models import Wording
from wabolt.consent.queries import check_wording
from wabolt.consent.rules import Clarity, clarity_of
from wabolt.consent.services import create_defaults

SHOP = "Toko Gaya Nusantara"
PARTS = {
    "names_business": ["Toko Gaya Nusantara", "GAYA NUSANTARA", "nusantara"],
    "says_what": ["kabar dan promo", "info koleksi baru", "penawaran", "news and offers"],
    "says_how_often": [
        "paling banyak tiga pesan seminggu",
        "2x per bulan",
        "setiap minggu",
        "at most once a week",
        "monthly",
    ],
    "says_how_to_stop": ["Balas STOP untuk berhenti", "I can stop at any time by replying STOP"],
}


@given(st.fixed_dictionaries({part: st.none() | st.sampled_from(texts) for part, texts in PARTS.items()}))
def test_exactly_the_parts_in_the_text_are_found(chosen: dict[str, str | None]) -> None:
    text = ". ".join(["Saya setuju lewat WhatsApp", *(text for text in chosen.values() if text)])
    found = clarity_of(text, SHOP, ["stop"])
    assert found == Clarity(**{part: text is not None for part, text in chosen.items()}), text


@given(st.text(max_size=300), st.text(max_size=60))
def test_any_text_and_any_name_are_checked(text: str, shop: str) -> None:
    assert isinstance(clarity_of(text, shop), Clarity)


def test_common_word_of_a_name_does_not_name_the_shop() -> None:
    assert not clarity_of("toko kami mengirim promo", SHOP).names_business
    assert not clarity_of("promo", "").names_business


@pytest.mark.django_db
@each("language", ["id", "en"], undone=True)
def test_default_texts_are_complete(language: str) -> None:
    workspace = make_workspace("Batik Ayu")
    workspace.language = language
    workspace.save()
    with override(language):
        create_defaults(workspace=workspace)
        assert check_wording(workspace, Wording.objects.get(purpose="marketing").text).missing == []


@pytest.mark.django_db
def test_a_stop_word_of_the_shop_counts() -> None:
    workspace = make_workspace(SHOP)
    create_defaults(workspace=workspace)
    text = "Gaya Nusantara kirim promo tiap minggu. Tulis UNREG kalau cukup."
    assert check_wording(workspace, text).missing == []


@pytest.mark.django_db
def test_a_text_with_a_missing_part_is_published_only_with_a_tick() -> None:
    workspace = make_workspace(SHOP)
    create_defaults(workspace=workspace)
    owner, page = signed_in(workspace), reverse("consent:wordings")
    text = "Saya mau promo dari Gaya Nusantara."
    before = Wording.objects.count()
    refused = owner.post(page, {"purpose": "marketing", "text": text})
    assert refused.status_code == 422
    shown = refused.content.decode()
    assert text in shown
    assert len(re.findall("belum ada", shown)) >= 2, "how often, and how to stop"
    assert 'name="wording_anyway"' in shown
    assert Wording.objects.count() == before
    assert owner.post(page, {"purpose": "marketing", "text": text, "wording_anyway": "1"}).status_code == 302
    assert Wording.objects.filter(text=text).exists()
    service = {"purpose": "service", "text": "Boleh kirim pesan tentang pesanan saya."}
    assert owner.post(page, service).status_code == 302, "only promotions have to say all four"


@pytest.mark.django_db
def test_ticks_follow_the_typed_text() -> None:
    workspace = make_workspace(SHOP)
    create_defaults(workspace=workspace)
    client, url = signed_in(workspace, "manager"), reverse("consent:check_wording")
    for field in ("text", "wording"):
        half = client.post(url, {field: "Promo dari Gaya Nusantara"}).content.decode()
        assert half.count("belum ada") == 2
        whole = client.post(
            url, {field: "Promo Gaya Nusantara tiap minggu. Balas STOP untuk berhenti."}
        ).content.decode()
        assert "belum ada" not in whole
        assert "wording_anyway" not in whole
    assert client.post(url, {"text": ""}).content.decode().count("belum ada") == 4
    usual = client.post(url, {"wording": " "}).content.decode()
    assert "belum ada" not in usual, "without a text of its own, a way in has the text of the shop"
    assert signed_in(workspace, "agent").post(url, {"text": "x"}).status_code == 403
    assert signed_in(workspace).get(reverse("consent:wordings")).content.decode().count("hx-post") >= 1
