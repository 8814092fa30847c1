"""Conditions of journeys are built with the builder of segments."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.tests.factories import make_contact
from wabolt.journeys.models import Enrollment, Journey
from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.codec import parse
from wabolt.journeys.services import Entrant, enroll, enroll_segment
from wabolt.journeys.tests.factories import make_journey
from wabolt.lib.errors import DomainError
from wabolt.segments.models import Segment
from wabolt.segments.queries import condition_words, to_json, tree_from_text
from wabolt.segments.services import create_segment, delete_segment

pytestmark = pytest.mark.django_db
ROWS = {
    "view": "builder", "mode:r": "all", "field:r.0": "city", "was:r.0": "city", "op:r.0": "=", "value:r.0": "Bandung",
    "field:r.1": "orders", "was:r.1": "orders", "op:r.1": ">=", "value:r.1": "2",
}  # fmt: skip
WORDS = "Kota adalah Bandung dan sudah belanja minimal 2 kali"


@pytest.fixture
def client(workspace: Workspace) -> Client:
    make_channel(workspace)
    return signed_in(workspace)


@pytest.fixture
def journey(workspace: Workspace) -> Journey:
    return make_journey(
        workspace, d.Send("s1", "Hai"), d.Wait("w1", "happening", 3, until=d.Happening("order")),
        d.Branch("b1", (d.BranchArm('Kota = "Solo"'), d.BranchArm(d.Outcome("s1", "replied")))),
    )  # fmt: skip


def draft(journey: Journey) -> d.Definition:
    journey.refresh_from_db()
    return parse(journey.draft)


def place(journey: Journey, slot: str) -> str:
    return reverse("segments:condition", args=["journey", f"{journey.pk}-{slot}"])


def built(client: Client, journey: Journey, slot: str) -> str:
    """Builds the condition of a slot. Returns the page that follows."""
    assert client.get(place(journey, slot)).status_code == 200
    answer = client.post(place(journey, slot), {**ROWS, "do": "save"})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.headers["Location"])


def test_each_place_of_a_condition_is_built_by_choosing(client: Client, journey: Journey, workspace: Workspace) -> None:
    step, rules = (reverse(f"journeys:{name}", args=args) for name, args in (
        ("step", [journey.pk, "b1"]), ("rules", [journey.pk]),
    ))  # fmt: skip
    assert built(client, journey, "arm-b1-0") == step
    assert built(client, journey, "wait-w1") == reverse("journeys:step", args=[journey.pk, "w1"])
    for slot in ("entry", "exit", "goal"):
        assert built(client, journey, slot) == rules
    found = draft(journey)
    branch, wait = found.steps[2], found.steps[1]
    assert isinstance(branch, d.Branch)
    assert isinstance(wait, d.Wait)
    assert wait.until is not None
    assert found.goal is not None
    texts = [branch.arms[0].when, wait.until.when, found.entry.only, found.exits[0].when, found.goal.when]
    assert [condition_words(workspace, str(text)) for text in texts] == [WORDS] * 5
    assert branch.arms[1].when == d.Outcome("s1", "replied")
    for page in (step, rules, reverse("journeys:edit", args=[journey.pk])):
        assert "ota adalah Bandung dan sudah belanja minimal 2 kali" in client.get(page).content.decode()


def test_the_form_of_a_step_leads_to_the_builder_and_keeps_what_was_chosen(client: Client, journey: Journey) -> None:
    page = reverse("journeys:step", args=[journey.pk, "w1"])
    typed = {"mode": "happening", "amount": "5", "unit": "days", "until": "segment"}
    answer = client.post(page, {**typed, "build": "until_"})
    assert answer.headers["Location"] == place(journey, "wait-w1")
    assert draft(journey).steps[1] == d.Wait("w1", "happening", 5, until=d.Happening("segment"))
    answer = client.post(page, typed)
    assert answer.status_code == 422
    assert "Susun syaratnya" in answer.content.decode()


def test_a_saved_segment_gives_its_condition(client: Client, journey: Journey, workspace: Workspace) -> None:
    tree = to_json(tree_from_text(workspace, 'Kota = "Solo"'))
    segment = Segment.objects.create(workspace=workspace, name="Warga Solo", tree=tree)
    page = reverse("journeys:rules", args=[journey.pk])
    given = {"reentry": "never", "cooldown_days": "0", "leave_condition": str(segment.pk), "until": ""}
    assert client.post(page, given).status_code == 302
    assert condition_words(workspace, draft(journey).exits[0].when) == "Kota adalah Solo"
    assert client.post(page, {**given, "leave_condition": "none"}).status_code == 302
    assert draft(journey).exits == ()


def test_a_condition_that_is_not_complete_is_not_stored(client: Client, journey: Journey) -> None:
    before = draft(journey)
    nothing, wrong = {"view": "builder", "mode:r": "all"}, {"view": "text", "text": "kotta = Solo"}
    for rows in ({**ROWS, "value:r.1": ""}, nothing, wrong):
        answer = client.post(place(journey, "arm-b1-0"), {**rows, "do": "save"})
        assert answer.status_code == 422
    assert draft(journey) == before


def test_two_tabs_do_not_overwrite_each_other(client: Client, journey: Journey) -> None:
    shown = client.get(place(journey, "arm-b1-0")).context["form"]["version"].value()
    built(client, journey, "arm-b1-0")
    other = {**ROWS, "value:r.0": "Medan", "version": shown, "do": "save"}
    answer = client.post(place(journey, "arm-b1-0"), other)
    assert answer.status_code == 422
    assert "Medan" in answer.content.decode()
    found = draft(journey).steps[2]
    assert isinstance(found, d.Branch)
    assert "Bandung" in str(found.arms[0].when)


def test_there_is_no_other_place(client: Client, journey: Journey) -> None:
    for slot in ("arm-b1-2", "arm-s1-0", "wait-s1", "wait-gone", "nothing", "arm-b1-x"):
        assert client.get(place(journey, slot)).status_code == 404, slot
    stranger = signed_in(make_workspace("Toko lain"))
    assert stranger.get(place(journey, "goal")).status_code == 404
    assert client.get(reverse("segments:condition", args=["nothing", "1"])).status_code == 404
    Journey.objects.update(state="archived")
    assert client.get(place(journey, "goal")).status_code == 404


def test_only_people_for_whom_the_condition_is_true_enter(workspace: Workspace) -> None:
    journey = make_journey(workspace, d.Wait("w1"), parts={"entry": d.Entry("never", only='Kota = "Bandung"')})
    here, there = make_contact(workspace, city="Bandung"), make_contact(workspace, city="Solo")
    assert enroll(journey=journey, entrants=[Entrant(here.pk), Entrant(there.pk)]) == 1
    third = make_contact(workspace, city="Bandung")
    assert enroll_segment(journey=journey, text="Kota ada") == 1
    assert set(Enrollment.objects.values_list("contact", flat=True)) == {here.pk, third.pk}


def test_a_broken_condition_lets_no_person_in_and_is_shown(workspace: Workspace) -> None:
    journey = make_journey(workspace, d.Wait("w1"), parts={"entry": d.Entry("never", only="ukuran_sepatu = 40")})
    with pytest.raises(DomainError) as caught:
        enroll(journey=journey, entrants=[Entrant(make_contact(workspace).pk)])
    assert caught.value.code == "bad_condition"


ASKS = 'in segment "VIP"'


@pytest.mark.parametrize(
    ("parts", "steps"),
    [
        ({"entry": d.Entry(only=ASKS)}, ()),
        ({"exits": (d.Happening("segment", when=ASKS),)}, ()),
        ({"goal": d.Happening("segment", when=ASKS)}, ()),
        ({}, (d.Wait("w2", "happening", 3, until=d.Happening("segment", when=ASKS)),)),
        ({}, (d.Branch("b2", (d.BranchArm(ASKS),)),)),
    ],
    ids=["entry", "exit", "goal", "wait", "arm"],
)
def test_a_segment_that_a_condition_asks_about_is_not_deleted(
    workspace: Workspace, parts: dict[str, Any], steps: tuple[d.Step, ...]
) -> None:
    vip = create_segment(workspace=workspace, name="VIP", tree=tree_from_text(workspace, 'tag "vip"'))
    journey = make_journey(workspace, d.Wait("w1"), *steps, parts=parts)
    with pytest.raises(DomainError, match=journey.name) as caught:
        delete_segment(segment=vip)
    assert caught.value.code == "segment_in_use"
    journey.delete()
    delete_segment(segment=vip)


def test_a_built_exit_takes_the_place_of_the_one_that_was_shown(client: Client, workspace: Workspace) -> None:
    """A second condition for leaving comes from the text form; the form shows the first one."""
    exits = (d.Happening("segment", when='Kota = "Solo"'), d.Happening("segment", when='Kota = "Medan"'))
    journey = make_journey(workspace, d.Wait("w1"), parts={"exits": exits})
    built(client, journey, "exit")
    found = [condition_words(workspace, one.when) for one in draft(journey).exits]
    assert found == [WORDS, "Kota adalah Medan"]
