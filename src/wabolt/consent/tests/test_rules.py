"""The rules of the ledger and the meaning of words, without a database."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.consent import rules
from wabolt.consent.rules import (
    Break,
    Entry,
    Sealed,
    chain,
    first_break,
    is_stop,
    meaning_of,
    plain_evidence,
    tells_how_to_stop,
)
from wabolt.lib.text import normalise_keyword

AT = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
entries = st.builds(
    Entry,
    workspace=st.integers(1, 9),
    seq=st.integers(1, 10**9),
    contact=st.integers(1, 10**9),
    purpose=st.sampled_from(["marketing", "service"]),
    action=st.sampled_from(["granted", "withdrawn"]),
    source=st.text(max_size=20).map(lambda text: rules.plain_evidence({"t": text})["t"]),
    wording=st.none() | st.just(rules.wording_digest("Saya setuju")),
    evidence=st.dictionaries(st.text(), plain, max_size=3).map(plain_evidence),
    actor=st.none() | st.integers(1, 99),
    at=st.datetimes(timezones=st.just(UTC)),
)


def sealed_chain(count: int) -> list[Sealed]:
    found: list[Sealed] = []
    prev = ""
    for seq in range(1, count + 1):
        entry = Entry(1, seq, seq % 3, "marketing", "granted", "form", None, {"row": seq}, None, AT)
        found.append(Sealed(entry, prev, chain(prev, entry)))
        prev = found[-1].hash
    return found


@given(st.text("0123456789abcdef", max_size=64), entries, entries)
def test_seal_is_sha256_over_canonical_json_and_of_one_entry_only(prev: str, entry: Entry, other: Entry) -> None:
    """The proof page explains the hash: any language computes it in two lines."""
    body = json.dumps(
        {
            "workspace": entry.workspace, "seq": entry.seq, "contact": entry.contact, "purpose": entry.purpose,
            "action": entry.action, "source": entry.source, "wording": entry.wording, "evidence": entry.evidence,
            "actor": entry.actor, "at": entry.at.isoformat(timespec="microseconds"),
        },
        sort_keys=True, separators=(",", ":"), ensure_ascii=False,
    )  # fmt: skip
    assert chain(prev, entry) == hashlib.sha256(f"{prev}\n{body}".encode()).hexdigest()
    is_same = entry == other or rules.canonical(vars_of(entry)) == rules.canonical(vars_of(other))
    assert (chain(prev, entry) == chain(prev, other)) == is_same


def vars_of(entry: Entry) -> dict[str, object]:
    return {name: str(getattr(entry, name)) for name in Entry.__slots__}


def test_seal_does_not_depend_on_the_time_zone_it_is_computed_in() -> None:
    entry = sealed_chain(1)[0].entry
    jakarta = replace(entry, at=AT.astimezone(timezone(timedelta(hours=7))))
    assert chain("", entry) == chain("", jakarta)


@given(st.dictionaries(st.text(), plain, max_size=4))
def test_plain_evidence_survives_storage(evidence: dict[str, object]) -> None:
    kept = plain_evidence(evidence)
    stored = json.dumps(kept)
    assert "\\u0000" not in stored
    assert json.loads(stored.encode()) == kept
    assert plain_evidence(kept) == kept
    rules.canonical(kept).encode()


@each("value", [0.1, AT, {1, 2}, b"x", object()])
def test_evidence_refuses_values_that_the_database_may_change(value: object) -> None:
    with pytest.raises(TypeError):
        plain_evidence({"value": value})


def test_an_unchanged_chain_has_no_break() -> None:
    found = sealed_chain(5)
    assert first_break(found, 5, found[-1].hash) is None
    assert first_break([], 0, "") is None


def test_each_kind_of_break_is_named() -> None:
    found = sealed_chain(5)
    end = found[-1].hash
    forged = replace(found[2], entry=replace(found[2].entry, action="withdrawn"))
    swapped = [found[0], replace(found[2], entry=replace(found[2].entry, seq=2)),
               replace(found[1], entry=replace(found[1].entry, seq=3)), *found[3:]]  # fmt: skip
    resealed = replace(found[4], entry=replace(found[4].entry, source="x"))
    resealed = replace(resealed, hash=chain(resealed.prev_hash, resealed.entry))
    assert first_break([*found[:2], forged, *found[3:]], 5, end) == Break(3, "changed")
    assert first_break([*found[:2], *found[3:]], 5, end) == Break(3, "missing")
    assert first_break(swapped, 5, end) == Break(2, "changed")
    assert first_break(found[:4], 5, end) == Break(5, "missing")
    assert first_break(found, 4, found[3].hash) == Break(5, "extra")
    assert first_break([*found[:4], resealed], 5, end) == Break(5, "end")


STOP = [normalise_keyword(word) for word in rules.STOP_WORDS]
START = [normalise_keyword(word) for word in rules.START_WORDS]


@each(
    "text",
    ["STOP", "stop", " Stop! ", "S.T.O.P", "*STOP*", "Ｓｔｏｐ", "berhenti   langganan", "Unsubscribe.",
     "JANGAN KIRIM LAGI!!!", "Stop promo 🙏", "stop ya kak", "STOP GAYA NUSANTARA", "unreg", "STOP terima kasih",
     "STOP STOP STOP", "Stop promotions", "Tolong stop ya Kak 🙏 makasih", "stoppp", "hentikan promosi dong",
     "maaf, berhenti dulu ya min", "keluar kak", "Stop, jangan kirim lagi", "mohon dihentikan ya", "brenti dong",
     "optout", "st0p", "ST0P promo ya kak"],
)  # fmt: skip
def test_ways_to_write_stop(text: str) -> None:
    assert meaning_of(text, STOP, START, "Gaya Nusantara") == "stop"


@each("text", ["JOIN", "gabung", "Join Gaya Nusantara", "DAFTAR gaya-nusantara!", "mulai lagi"])
def test_ways_to_join(text: str) -> None:
    assert meaning_of(text, STOP, START, "Gaya Nusantara") == "start"


@each(
    "text",
    ["", "🙏", "stopkontak ada?", "stok stop kontak ada?", "mau daftar reseller", "JOIN TOKO LAIN", "Gaya Nusantara",
     "tokonya sudah tutup, mulai kapan buka?", "promo keluar kapan kak?", "terima kasih kak", "kirim pesan",
     "matikan lampu toko kak", "pesanan saya dibatalkan ya", "tolong cancel pesanan saya",
     "batalkan order promo kemarin",
     "besok saya mau ambil pesanan, tolong jangan lupa stop di depan gang ya kak"],
)  # fmt: skip
def test_messages_that_contain_a_stop_word_and_are_no_stop(text: str) -> None:
    assert meaning_of(text, STOP, START, "Gaya Nusantara") is None


@each(
    "text",
    ["tolong matikan promonya ya kak", "Nonaktifkan notifikasi", "batalkan langganan saya", "cancel subscription",
     "matiin broadcastnya dong", "stop dong udah kebanyakan",
     "jangan stop ya kak, suka promonya", "promo stop?", "Promo berhenti ya kak?",
     "berhenti di mana busnya?", "Stop kirim promo terus, saya sudah tidak pernah belanja di sini lagi sejak lama"],
)  # fmt: skip
def test_messages_that_may_be_meant_as_a_stop(text: str) -> None:
    assert meaning_of(text, STOP, START, "Gaya Nusantara") == "doubt"


@each(
    "text",
    ["mohon di stop", "Di stop aja kak", "stop promo nya", "Tolong hentikan pesan ini", "cukup, stop", "STOP ini kak"],
)
def test_words_that_name_the_object_of_a_stop_change_nothing(text: str) -> None:
    assert meaning_of(text, STOP, START, "Gaya Nusantara") == "stop"


@each("text", ["sotp", "stpo", "stok", "step", "stip", "setip", "berhetni", "unsbu", "stopwatch"])
def test_a_stop_word_is_never_guessed_from_a_typo(text: str) -> None:
    assert meaning_of(text, STOP, START, "Gaya Nusantara") is None


COURTESY = ["ya", "kak", "min", "tolong", "terima kasih", "makasih", "maaf", "mohon", "please", "thanks", "dong"]
SIGNS = ["", " ", "!", "...", " 🙏", ", ", " 🙏🙏 ", "\n"]


@given(
    st.sampled_from(["stop", "setop", "berhenti", "unsubscribe", "unreg", "stop promo", "berhenti langganan"]),
    st.lists(st.sampled_from(COURTESY), max_size=5),
    st.lists(st.sampled_from(COURTESY), max_size=5),
    st.sampled_from(SIGNS),
    st.sampled_from([str.upper, str.lower, str.title]),
)
def test_a_stop_word_among_courtesy_is_a_stop(
    word: str, before: list[str], after: list[str], sign: str, case: Callable[[str], str]
) -> None:
    text = case(f" {sign} ".join([*before, word, *after]) + sign)
    assert meaning_of(text, STOP, START, "Gaya Nusantara") == "stop"


@given(st.sampled_from(["stop", "berhenti"]), st.lists(st.sampled_from(["stop", *COURTESY, "promo"]), max_size=6))
def test_button_and_responder_use_one_list(word: str, rest: list[str]) -> None:
    title = " ".join([word, *rest])
    assert is_stop(title)
    assert meaning_of(title, STOP, START, "") == "stop"


@each("word", ["STOP", "BERHENTI", "UNSUB"])
def test_word_in_the_footer_is_a_stop(word: str) -> None:
    assert tells_how_to_stop(f"Balas {word} untuk berhenti")
    assert meaning_of(word, (), ()) == "stop"


def test_stop_always_works_and_wins() -> None:
    assert meaning_of("stop", [], ["stop"]) == "stop"
    assert meaning_of("mulai", ["mulai"], ["mulai"]) == "stop"


def test_default_words_are_distinct() -> None:
    assert len({*STOP, *START}) == len(STOP) + len(START)
    assert all(STOP + START)
    assert max(map(len, rules.STOP_WORDS)) <= 60


@given(st.text(), st.text())
def test_any_message_and_any_shop_name_has_an_answer(text: str, shop: str) -> None:
    assert meaning_of(text, STOP, START, shop) in {"stop", "start", "doubt", None}
