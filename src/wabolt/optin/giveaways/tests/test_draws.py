"""Draws: recomputable with the published program, uniform, once, and never without a permit."""

import json
import subprocess
import sys
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from tests.guards.visits import taken_back

from wabolt.accounts.models import AuditEntry, User
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.channels.models import Channel
from wabolt.contacts.models import Event
from wabolt.contacts.services import erase_contacts, merge_contacts
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.messaging.models import Message
from wabolt.optin.giveaways import public_views, queries
from wabolt.optin.giveaways.rules import beacon
from wabolt.optin.giveaways.rules import draw as arithmetic
from wabolt.optin.giveaways.services import draw_winners, drop_winner, lock_draw
from wabolt.optin.giveaways.tests.factories import PERMIT, make_giveaway, phone, say
from wabolt.optin.models import Draw, Entrant, EntryPoint, Giveaway
from wabolt.optin.services import close_point

VALUE = "a1" * 32
PEOPLE = range(1, 5)
_tickets = st.lists(st.text("23456789ABCDEFGHJKMNPQRSTUVWXYZ", min_size=10, max_size=10), min_size=1, unique=True)


def drawn(tickets: list[str], seed: str, value: str, wanted: int) -> dict[str, Any]:
    """A published record, by the definition in the docs and without the product's code."""

    def digest(text: str) -> str:
        return sha256(text.encode()).hexdigest()

    tickets_hash = digest("\n".join(sorted(tickets)))
    randomness = digest(f"{seed}\n{value}\n{tickets_hash}")
    order = sorted(tickets, key=lambda ticket: digest(f"{randomness}|{ticket}"))
    return {
        "format": "wabolt-draw-1", "winners_wanted": wanted, "tickets": sorted(tickets), "tickets_sha256": tickets_hash,
        "seed": seed, "seed_sha256": digest(seed), "public_value": value, "randomness": randomness,
        "winners": [{"rank": n, "place": n, "ticket": t, "dropped": None} for n, t in enumerate(order[:wanted], 1)],
    }  # fmt: skip


@given(_tickets, st.text("0123456789abcdef", min_size=64, max_size=64), st.text(max_size=64), st.integers(1, 5))
def test_the_program_agrees_with_the_definition(tickets: list[str], seed: str, value: str, wanted: int) -> None:
    record = drawn(tickets, seed, value, wanted)
    assert arithmetic.problems_of(record) == []


@given(_tickets.filter(lambda tickets: len(tickets) > 2), st.integers(0, 5), st.data())
def test_the_program_finds_every_change(tickets: list[str], place: int, data: st.DataObject) -> None:
    record = drawn(tickets, "ab" * 32, VALUE, 2)
    match place:
        case 0:
            record["tickets"] = record["tickets"][1:]
        case 1:
            record["seed"] = "cd" * 32
        case 2:
            record["winners"].reverse()
        case 3:
            record["public_value"] = "b2" * 32
        case 4:
            record["winners"][0]["ticket"] = data.draw(st.sampled_from(tickets))
        case 5:
            record["winners"] = record["winners"][:1]
    right = drawn(tickets, "ab" * 32, VALUE, 2)
    assert bool(arithmetic.problems_of(record)) == (record != right)


def test_every_ticket_wins_equally_often() -> None:
    """Chi-square over 20,000 draws of 20 tickets with fixed seeds: 19 degrees of freedom, 43.8 is the 0.1 % bound."""
    tickets = [f"TICKET{number:02}" for number in range(20)]
    hashed = arithmetic.hash_of_tickets(tickets)
    for place in (0, 1, 19):
        wins = dict.fromkeys(tickets, 0)
        for number in range(20_000 if place == 0 else 5_000):
            randomness = arithmetic.randomness_of(f"seed {number}", "", hashed)
            wins[arithmetic.ranking(randomness, tickets)[place]] += 1
        expected = sum(wins.values()) / len(tickets)
        assert sum((count - expected) ** 2 / expected for count in wins.values()) < 43.8, wins


def test_a_round_of_the_beacon_is_in_the_future() -> None:
    for seconds in (1692803367, 1796000000.0, 1796000000.9):
        number = beacon.round_after(seconds)
        assert seconds <= beacon.time_of(number) <= seconds + 4
    assert beacon.time_of(1) == 1692803367


@pytest.fixture
def owner(channel: Channel) -> User:
    return make_member(channel.workspace)


@pytest.fixture
def giveaway(channel: Channel) -> Giveaway:
    made = make_giveaway(channel, kind="draw", places=2, word="MOTOR")
    say(channel, "MOTOR", *PEOPLE)
    return made


def lock(giveaway: Giveaway, owner: User, **how: str) -> Draw:
    close_point(workspace=giveaway.workspace, point_id=giveaway.pk)
    return lock_draw(workspace=giveaway.workspace, giveaway_id=giveaway.pk, by=owner, **how)


def draw(giveaway: Giveaway, owner: User, value: str = VALUE) -> list[str]:
    with clock.skewed(timedelta(hours=1)):
        won = draw_winners(workspace=giveaway.workspace, giveaway_id=giveaway.pk, by=owner, public_value=value)
    return [winner.ticket.ticket for winner in won]


def record(giveaway: Giveaway) -> dict[str, Any]:
    found = queries.draw_of(giveaway)
    assert found is not None
    return queries.record_of(found)


def test_the_whole_draw_is_public_and_right(giveaway: Giveaway, owner: User, tmp_path: Path) -> None:
    lock(giveaway, owner)
    before = record(giveaway)
    assert before["seed"] is None
    assert before["winners"] == []
    tickets = draw(giveaway, owner)
    slug = giveaway.point.slug
    published = Client().get(f"/m/{slug}/draw.json")
    (tmp_path / "record.json").write_bytes(published.content)
    (tmp_path / "draw.py").write_bytes(Client().get(f"/m/{slug}/draw.py").content)
    run = subprocess.run(
        [sys.executable, "-I", "draw.py", "record.json"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout
    assert [line.split()[1] for line in run.stdout.splitlines()[1:]] == tickets
    after = json.loads(published.content)
    same = ("tickets", "tickets_sha256", "seed_sha256", "announced", "winners_wanted", "permit")
    assert {key: before[key] for key in same} == {key: after[key] for key in same}
    assert after["permit"] == PERMIT
    assert not [who for who in PEOPLE if phone(who)[3:] in published.content.decode()]
    assert Client().get(f"/m/{slug}/").status_code == 200
    tampered = {**after, "winners": after["winners"][::-1]}
    (tmp_path / "record.json").write_text(json.dumps(tampered))
    failed = subprocess.run([sys.executable, "draw.py", "record.json"], cwd=tmp_path, capture_output=True, check=False)
    assert failed.returncode == 1


def test_the_winners_are_told_and_the_audit_log_has_every_step(giveaway: Giveaway, owner: User) -> None:
    lock(giveaway, owner)
    tickets = draw(giveaway, owner)
    winners = Entrant.objects.filter(place__isnull=False).order_by("place")
    assert [winner.ticket for winner in winners] == tickets
    told = Message.objects.filter(origin_kind="giveaway", origin_id=giveaway.pk, idempotency_key=None)
    assert {message.contact_id for message in told} == {winner.contact_id for winner in winners}
    assert {message.purpose for message in told} == {"service"}
    steps = list(AuditEntry.objects.filter(target_kind="giveaway").order_by("pk").values_list("action", flat=True))
    assert steps == ["giveaway.create", "giveaway.lock", "giveaway.draw"]


def test_a_dropped_winner_stays_in_the_record_and_the_next_rank_wins(giveaway: Giveaway, owner: User) -> None:
    lock(giveaway, owner)
    first = draw(giveaway, owner)
    arguments = {"workspace": giveaway.workspace, "giveaway_id": giveaway.pk, "by": owner}
    next_one = drop_winner(rank=1, reason="no_answer", note="Bu Ayu tidak menjawab", **arguments)  # type: ignore[arg-type]
    assert next_one is not None
    assert (next_one.rank, next_one.place) == (3, 1)
    published = record(giveaway)
    assert [winner["ticket"] for winner in published["winners"]][:2] == first
    assert published["winners"][0]["dropped"]["reason"] == "no_answer"
    assert "Ayu" not in json.dumps(published)
    assert arithmetic.problems_of(published) == []
    with pytest.raises(DomainError):
        drop_winner(rank=2, reason="", **arguments)  # type: ignore[arg-type]
    assert AuditEntry.objects.get(action="giveaway.redraw").data["note"] == "Bu Ayu tidak menjawab"
    assert Entrant.objects.filter(place__isnull=False).count() == 2
    assert Event.objects.filter(kind="giveaway_won").count() == 3
    assert Event.objects.filter(kind="giveaway_lost").count() == 1


def test_two_contacts_of_one_person_win_once(giveaway: Giveaway, owner: User) -> None:
    lock(giveaway, owner)
    locked = Draw.objects.get()
    randomness = arithmetic.randomness_of(locked.seed, VALUE, locked.tickets_hash)
    order = arithmetic.ranking(randomness, list(locked.tickets.values_list("ticket", flat=True)))
    first, second = (Entrant.objects.get(ticket=ticket).contact_id for ticket in order[:2])
    merge_contacts(workspace=giveaway.workspace, keep_id=second, absorb_id=first, reason="member")
    assert draw(giveaway, owner) == [order[0], order[2]]
    published = record(giveaway)
    assert published["winners"][1]["dropped"]["reason"] == "same_person"
    assert arithmetic.problems_of(published) == []


def test_the_record_stays_right_after_an_erasure(giveaway: Giveaway, owner: User) -> None:
    lock(giveaway, owner)
    locked = Draw.objects.get()
    randomness = arithmetic.randomness_of(locked.seed, VALUE, locked.tickets_hash)
    order = arithmetic.ranking(randomness, list(locked.tickets.values_list("ticket", flat=True)))
    gone = Entrant.objects.get(ticket=order[0]).contact_id
    erase_contacts(workspace=giveaway.workspace, ids=[gone])
    assert draw(giveaway, owner) == order[1:3]
    assert record(giveaway)["winners"][0]["dropped"]["reason"] == "gone"
    erase_contacts(workspace=giveaway.workspace, ids=[Entrant.objects.get(ticket=order[1]).contact_id])
    published = record(giveaway)
    assert arithmetic.problems_of(published) == []
    assert len(published["tickets"]) == len(PEOPLE)


def test_steps_out_of_order_and_of_another_shop_are_refused(giveaway: Giveaway, owner: User) -> None:
    with pytest.raises(Giveaway.DoesNotExist):
        lock_draw(workspace=make_workspace("Lain"), giveaway_id=giveaway.pk, by=owner)
    arguments = {"workspace": giveaway.workspace, "giveaway_id": giveaway.pk, "by": owner}
    for step, code in ((lock_draw, "not_over"), (draw_winners, "not_locked")):
        with pytest.raises(DomainError) as refusal:
            step(**arguments)  # type: ignore[arg-type]
        assert refusal.value.code == code
    lock(giveaway, owner)
    with pytest.raises(DomainError) as refusal:
        draw_winners(public_value=VALUE, **arguments)  # type: ignore[arg-type]
    assert refusal.value.code == "too_early"
    with clock.skewed(timedelta(hours=1)), pytest.raises(DomainError) as refusal:
        draw_winners(public_value="sama seperti kemarin", **arguments)  # type: ignore[arg-type]
    assert refusal.value.code == "bad_value"
    draw(giveaway, owner)
    for step, code in ((lock_draw, "locked"), (draw_winners, "drawn")):
        with pytest.raises(DomainError) as refusal:
            step(**arguments)  # type: ignore[arg-type]
        assert refusal.value.code == code


def test_only_a_permitted_draw_is_drawn(channel: Channel, owner: User) -> None:
    for kind in ("reward", "contest"):
        made = make_giveaway(channel, kind=kind, word=kind)
        say(channel, kind)
        close_point(workspace=channel.workspace, point_id=made.pk)
        for step in (lock_draw, draw_winners):
            with pytest.raises(DomainError) as refusal:
                step(workspace=channel.workspace, giveaway_id=made.pk, by=owner)
            assert refusal.value.code == "permit_missing", kind


def test_other_public_values(giveaway: Giveaway, owner: User) -> None:
    for source, announced, value in (("other", "Kurs JISDOR 2 Des", "16.250"), ("none", "", "")):
        with taken_back():
            lock(giveaway, owner, source=source, announced=announced)
            draw(giveaway, owner, value)
            published = record(giveaway)
            assert (published["announced"], published["public_value"]) == (announced, value)
            assert arithmetic.problems_of(published) == []


def test_the_program_is_the_file_of_the_product() -> None:
    assert public_views.SCRIPT.read_bytes() == Path(arithmetic.__file__).read_bytes()
    text = Path(arithmetic.__file__).read_text()
    imported = [line for line in text.splitlines() if line.startswith(("import ", "from "))]
    modules = {line.split()[1] for line in imported}
    assert modules <= {"__future__", *sys.stdlib_module_names}


def test_unknown_and_undrawn_records_look_alike(channel: Channel) -> None:
    made = make_giveaway(channel)
    answers = [Client().get(path) for path in ("/m/nothere/draw.json", f"/m/{made.point.slug}/draw.json")]
    assert {answer.status_code for answer in answers} == {404}
    EntryPoint.objects.update(archived_at=clock.now())
    assert Client().get(f"/m/{made.point.slug}/").status_code == 404
