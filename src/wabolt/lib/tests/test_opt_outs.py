"""Columns of people who have left the promotions: their names, and the answers in them."""

from hypothesis import given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.lib.columns import guess_mapping
from wabolt.lib.opt_outs import are_subscription_states, denies_opt_out, has_left, has_opted_out


@each(
    "name",
    [
        "Unsubscribed", "unsubscribe?", "Unsubscribed at", "UNSUB_TIME", "Opt-out", "Opted out", "Opt out date",
        "optOut", "WA Opt-Out", "Berhenti langganan", "Berhenti berlangganan (ya/tidak)",
        "Tanggal berhenti langganan", "Sudah berhenti", "Stop promo", "Stop WA", "Menolak promo", "Tidak mau promo",
        "Tdk setuju", "Tidak bersedia dihubungi", "Jangan kirim promo", "Do not contact", "DND", "Blacklist",
        "Promo Unsubscribe / Berhenti Promo", "Tidak unsubscribe", "Not opted out", "Belum berhenti",
    ],
)  # fmt: skip
def test_a_column_of_opt_outs_is_known_by_its_name(name: str) -> None:
    rows = [["Ani", "081211110001", "ya"], ["Budi", "081211110002", "tidak"]]
    assert guess_mapping("contacts", ["Nama", "HP", name], rows)[2].target == "opt_out"


@each(
    "name",
    [
        "Email Opt Out", "Unsubscribed from all email", "SMS unsubscribed", "Unsubscribe reason", "Alasan berhenti",
        "Tanggal berhenti kerja", "Stop kontak", "Unsubscribe link", "Newsletter unsubscribed", "Setuju promo",
    ],
)  # fmt: skip
def test_what_is_about_something_else_is_no_opt_out(name: str) -> None:
    rows = [["Ani", "081211110001", "ya"], ["Budi", "081211110002", "tidak"]]
    assert guess_mapping("contacts", ["Nama", "HP", name], rows)[2].target != "opt_out"


@each(
    ("name", "values", "target"),
    [
        ("Status", ("Subscribed", "Unsubscribed"), "opt_out"),
        ("Keterangan WA", ("opted-in", "opted-out"), "opt_out"),
        ("Status email", ("Subscribed", "Unsubscribed"), "field:status_email"),
        ("Status", ("Aktif", "Baru"), "field:status"),
        ("Status langganan", ("Berlangganan", "Berhenti"), "consent"),
        ("Subscription status", ("subscribed", "unsubscribed"), "consent"),
    ],
)
def test_states_of_a_subscription_are_known_by_their_values(name: str, values: tuple[str, str], target: str) -> None:
    rows = [[str(n), f"08121111000{n}", value] for n, value in enumerate(values)]
    assert guess_mapping("contacts", ["Kode Pelanggan", "HP", name], rows)[2].target == target


YES = (
    "ya|Yes|TRUE|1|v|✓|sudah|Unsubscribed|UNSUB|opted-out|out|STOP|berhenti|sudah berhenti|ya, berhenti|keluar"
    "|dicabut|withdrawn|2026-01-02|2026-01-02 10:00:00|02/01/26|2 Jan 2026|45992|berhenti 2/1/26"
)
NO = (
    "|-|tidak|No|FALSE|0|0.0|belum|gak|Subscribed|opted in|berlangganan|aktif|belum berhenti|tidak berhenti"
    "|not unsubscribed|0000-00-00|n/a"
)


@each(("answer", "cells"), [("yes", YES), ("no", NO), ("unknown", "x|✗|kadang|Ani|?!|jangan berhenti")])
def test_an_answer_is_read_for_what_it_says(answer: str, cells: str) -> None:
    assert {cell: has_opted_out(cell) for cell in cells.split("|")} == dict.fromkeys(cells.split("|"), answer)


def test_in_a_column_that_denies_the_opt_out_a_no_means_that_the_person_has_left() -> None:
    assert [denies_opt_out(name) for name in ("Tidak unsubscribe", "Belum berhenti", "Not opted out")] == [True] * 3
    assert not any(denies_opt_out(name) for name in ("Tidak mau promo", "Do not contact", "Unsubscribed", "Jangan WA"))
    found = {cell: has_opted_out(cell, denied=True) for cell in ("ya", "tidak", "", "unsubscribed", "2026-01-02")}
    assert found == {"ya": "no", "tidak": "yes", "": "no", "unsubscribed": "yes", "2026-01-02": "unknown"}


def test_a_refusal_alone_is_no_opt_out() -> None:
    assert all(map(has_left, ("STOP", "unsubscribed", "sudah berhenti", "dicabut")))
    assert not any(map(has_left, ("tidak", "menolak", "declined", "belum berhenti", "", "ya")))


@given(st.text(max_size=60) | st.sampled_from(f"{YES}|{NO}".split("|")), st.booleans())
def test_no_text_raises(text: str, denied: bool) -> None:
    assert has_opted_out(text, denied=denied) in {"yes", "no", "unknown"}
    assert not are_subscription_states([text]) or has_opted_out(text) == "yes"
