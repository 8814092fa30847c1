"""Refusal of join words that can never take effect."""

import pytest
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.consent import queries, rules
from wabolt.consent.models import Keyword
from wabolt.consent.services import add_keyword
from wabolt.lib.errors import DomainError
from wabolt.lib.text import normalise_keyword

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@each(
    "word",
    ["STOP JOIN", "Berhenti dulu", "stop ya kak", "UNSUB GRATIS", "mau stop promo", "Stooop gabung", "Setop aku ikut"],
    undone=True,
)
def test_a_join_word_that_means_stop_is_refused(workspace: Workspace, word: str) -> None:
    with translation.override("id"), pytest.raises(DomainError) as refusal:
        add_keyword(workspace=workspace, action="start", word=word)
    assert (refusal.value.code, refusal.value.field) == ("means_stop", "word")
    assert normalise_keyword(word) in normalise_keyword(str(refusal.value))
    assert not Keyword.objects.filter(normalised=normalise_keyword(word)).exists()


@each("word", ["GABUNG", "GABUNG YA", "daftar"], undone=True)
def test_stop_word_that_contains_a_join_word_is_refused(workspace: Workspace, word: str) -> None:
    Keyword.objects.filter(workspace=workspace, normalised=normalise_keyword(word)).delete()
    add_keyword(workspace=workspace, action="start", word=f"{word} LAGI YA")
    with pytest.raises(DomainError) as refusal:
        add_keyword(workspace=workspace, action="stop", word=word)
    assert refusal.value.code == "means_stop"
    assert queries.match_keyword(workspace, f"{word} lagi ya") == "start"


@each("word", ["PROMO BATIK", "IKUT", "mau info diskon", "NONSTOP"], undone=True)
def test_other_join_words_are_accepted_and_join(workspace: Workspace, word: str) -> None:
    add_keyword(workspace=workspace, action="start", word=word)
    assert queries.match_keyword(workspace, word.lower()) == "start"


WORDS = ["stop", "join", "gabung", "ya", "kak", "promo", "berhenti", "batik", "unsub", "lagi", "kontak"]


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join))
def test_a_join_word_is_accepted_only_without_a_stop_in_it(word: str) -> None:
    """The law behind the refusal: a stop verb makes a message a stop or a possible stop, except in a name such as
    "stop kontak"."""
    stop = {normalise_keyword(other) for other in rules.STOP_WORDS}
    has_verb = bool({"stop", "berhenti", "unsub"} & set(word.replace("stop kontak", "").split()))
    assert (rules.meaning_of(word, stop, ()) is not None) == has_verb


def test_page_shows_the_reason_and_a_possible_stop(workspace: Workspace) -> None:
    client = signed_in(workspace, "owner")
    page = client.post(reverse("consent:keywords"), {"action": "start", "start-word": "STOP JOIN"})
    assert page.status_code == 422
    assert "bisa berarti minta berhenti" in page.content.decode()
    tried = client.get(reverse("consent:keywords"), {"try": "stop dulu mau tanya ongkir"}).content.decode()
    assert "Mungkin minta berhenti" in tried
