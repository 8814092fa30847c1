"""The guard of automatic replies: people first, no loops, no answers to machines."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from wabolt.alerts.registry import kind_of
from wabolt.autoreply.rules.guard import (
    A_DAY,
    FRESH,
    IN_TEN_MINUTES,
    MACHINE_SILENCE,
    Facts,
    Turn,
    looks_like_machine,
    refusal,
    silent_until,
)

NOON = datetime(2026, 11, 29, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
CLEAR = Facts(written_at=NOON, arrived_at=NOON, silence=4 * HOUR)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"written_at": NOON - FRESH - timedelta(seconds=1)}, "not_fresh"),
        ({"may_be_stop": True}, "stopping"),
        ({"person_at": NOON - HOUR}, "person_answers"),
        ({"person_at": NOON - 4 * HOUR}, None),
        ({"person_at": NOON - HOUR, "handed_back_at": NOON - HOUR / 2}, None),
        ({"person_at": NOON - HOUR / 2, "handed_back_at": NOON - HOUR}, "person_answers"),
        ({"taken_over_until": NOON + HOUR}, "taken_over"),
        ({"taken_over_until": NOON}, None),
        ({"machine_at": NOON - HOUR}, "machine"),
        ({"machine_at": NOON - MACHINE_SILENCE}, None),
        ({"replied_10_minutes": IN_TEN_MINUTES}, "too_many"),
        ({"replied_10_minutes": IN_TEN_MINUTES - 1}, None),
        ({"replied_day": A_DAY}, "too_many_today"),
    ],
)
def test_reasons(changes: dict[str, object], reason: str | None) -> None:
    assert refusal(replace(CLEAR, **changes)) == reason  # type: ignore[arg-type]


MOMENTS = st.none() | st.timedeltas(-timedelta(days=30), timedelta(days=1)).map(lambda gap: NOON + gap)


@given(MOMENTS, MOMENTS, st.timedeltas(timedelta(0), timedelta(days=7)))
def test_law_every_silence_ends_by_itself(
    person_at: datetime | None, handed_back_at: datetime | None, silence: timedelta
) -> None:
    if person_at is not None:
        person_at = min(person_at, NOON)
    taken = NOON + timedelta(hours=12)
    facts = replace(CLEAR, silence=silence, person_at=person_at, handed_back_at=handed_back_at, taken_over_until=taken)
    until = silent_until(facts)
    assert until is not None
    later = max(until, NOON) + timedelta(microseconds=1)
    assert refusal(replace(facts, written_at=later, arrived_at=later)) is None


def turns(*texts: str, gap: float) -> list[Turn]:
    """A conversation: customer and automatic reply in turn, the customer first; `gap` seconds after each reply."""
    at, found = NOON, []
    for number, text in enumerate(texts):
        is_customer = number % 2 == 0
        at += timedelta(seconds=gap if is_customer else 1)
        found.append(Turn(at, text, is_customer))
    return found


def test_answers_faster_than_people_read_are_a_machine() -> None:
    texts = ("harga", "Rp50.000", "Terima kasih", "Sama-sama", "Anda menghubungi PT X", "Halo", "Tekan 1")
    assert looks_like_machine(turns(*texts, gap=1), fuzz.ratio)
    assert not looks_like_machine(turns(*texts, gap=10), fuzz.ratio)


def test_nearly_the_same_text_again_and_again_is_a_machine() -> None:
    loop = ("Pesan otomatis 1: kami tutup", "Halo!", "Pesan otomatis 2: kami tutup", "Halo!",
            "Pesan otomatis 3: kami tutup", "Halo!", "Pesan otomatis 4: kami tutup")  # fmt: skip
    assert looks_like_machine(turns(*loop, gap=30), fuzz.ratio)
    assert not looks_like_machine(turns(*loop[:5], gap=30), fuzz.ratio)


def test_a_customer_who_asks_several_things_is_no_machine() -> None:
    asks = ("harga", "Rp50.000", "ongkir", "Rp10.000", "cara order", "Tulis di sini", "alamat", "Jl. X", "jam buka")
    assert not looks_like_machine(turns(*asks, gap=5), fuzz.ratio)
    assert not looks_like_machine([], fuzz.ratio)


def test_the_alert_about_a_wrong_clock_names_the_limit_of_automatic_replies() -> None:
    kind = kind_of("installation.clock_ahead")
    assert kind is not None
    minutes = FRESH // timedelta(minutes=1)
    with translation.override("en"):
        assert f"From {minutes} minutes on" in kind.sentence("", {"minutes": 3})
