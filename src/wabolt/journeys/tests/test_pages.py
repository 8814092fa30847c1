"""The pages of journeys, through the test client."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.models import Tag
from wabolt.contacts.tests.factories import make_contact
from wabolt.journeys import services
from wabolt.journeys.models import Enrollment, Journey
from wabolt.journeys.queries.test_runs import REACTIONS
from wabolt.journeys.registry import recipes
from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.codec import dump, parse
from wabolt.journeys.rules.structure import steps_in_order
from wabolt.journeys.tests.factories import make_definition, make_journey
from wabolt.lib import clock
from wabolt.messaging.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    workspace = make_workspace()
    make_channel(workspace)
    return workspace


@pytest.fixture
def client(workspace: Workspace) -> Client:
    return signed_in(workspace)


def made(client: Client, recipe: str) -> Journey:
    """A draft from a recipe; "" is an empty one."""
    if not recipe:
        assert client.post(reverse("journeys:new")).status_code == 302
        return Journey.objects.latest("pk")
    asked = client.get(reverse("journeys:recipe", args=[recipe])).context["form"]
    answers = {field.name: field.value() for field in asked}
    assert client.post(reverse("journeys:recipe", args=[recipe]), answers).status_code == 302
    return Journey.objects.latest("pk")


def draft(journey: Journey) -> d.Definition:
    journey.refresh_from_db()
    return parse(journey.draft)


def page(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(f"journeys:{name}", args=args))
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_each_recipe_is_ready_after_one_look(client: Client) -> None:
    """The page of each kind of step and of each trigger is shown once."""
    seen: set[object] = set()
    for recipe in (recipe.key for recipe in recipes() if recipe.key != "event"):
        journey = made(client, recipe)
        shown = page(client, "check", journey.pk)
        assert "Uji coba" in shown, (recipe, re.findall(r'wb-list-words"><b>(.*?)</b>', shown))
        answer = client.post(reverse("journeys:check", args=[journey.pk]), {"draft_version": journey.draft_version})
        assert answer.status_code == 302
        journey.refresh_from_db()
        assert journey.state == "active", recipe
        definition = draft(journey)
        for name in ("detail", "edit", "text"):
            page(client, name, journey.pk)
        for name in () if definition.trigger.kind in seen else ("check", "rules", "trigger"):
            page(client, name, journey.pk)
        for step in steps_in_order(definition):
            kind = (type(step), getattr(step, "mode", ""), getattr(step, "action", ""))
            if kind not in seen and not isinstance(step, d.End):
                page(client, "step", journey.pk, step.id)
            seen.add(kind)
        seen.add(definition.trigger.kind)
    for name in ("people", "settings", "add", "archive"):  # they do not show the steps
        page(client, name, journey.pk)
    page(client, "list")


def change(client: Client, journey: Journey, **fields: str) -> None:
    assert client.post(reverse("journeys:change", args=[journey.pk]), fields).status_code == 302


def ids(journey: Journey) -> list[str]:
    return [step.id for step in steps_in_order(draft(journey))]


def test_a_journey_is_built_without_scripts(client: Client, workspace: Workspace) -> None:
    """Adding, filling in, moving, copying, deleting and undoing are links, buttons and small forms."""
    journey = made(client, "")
    add = reverse("journeys:add", args=[journey.pk])
    place = {"parent": "", "to_arm": "0", "index": "0"}
    for kind in ("end", "branch", "wait", "send"):
        client.post(add, {**place, "kind": kind})
    send, wait, branch, end = ids(journey)
    client.post(add, {"parent": branch, "to_arm": "1", "index": "0", "kind": "action", "do": "contacts.tag"})
    tag = ids(journey)[3]

    def save(step: str, **fields: str) -> None:
        answer = client.post(reverse("journeys:step", args=[journey.pk, step]), fields)
        assert answer.status_code == 302, re.findall(r"wb-error[^>]*>(.*?)</div>", answer.content.decode())

    save(send, text="Hai {{ contact.first_name }}", quiet="skip", late="720", purpose="marketing", buttons="Ya, Tidak")
    save(wait, mode="clock", amount="1", unit="days", at="19:00", weekdays="4")
    save(branch, about0=f"{send}:replied")
    save(tag, tag="Baru")
    built = draft(journey)
    assert built.steps[:2] == (
        d.Send(send, "Hai {{ contact.first_name }}", choices=("Ya", "Tidak"), quiet="skip", not_later_minutes=720),
        d.Wait(wait, "clock", at="19:00", weekdays=(4,)),
    )
    assert built.steps[2] == d.Branch(
        branch, (d.BranchArm(d.Outcome(send, "replied")),), (d.Act(tag, "contacts.tag", {"tag": "Baru"}),)
    )
    shown = page(client, "edit", journey.pk)
    for words in ("Tunggu sampai Jumat pukul 19.00", "dibalas", "Selain itu", "Baru", "tombol: Ya, Tidak"):
        assert words in shown
    change(client, journey, step=wait, action="up")
    assert ids(journey)[:2] == [wait, send]
    change(client, journey, step=wait, action="move", parent=branch, to_arm="0", index="0")
    assert ids(journey) == [send, branch, wait, tag, end]
    change(client, journey, step=send, action="copy")
    assert len(ids(journey)) == 6
    before = draft(journey)
    change(client, journey, step=branch, action="delete")
    assert branch not in ids(journey)
    assert "Urungkan" in page(client, "edit", journey.pk)
    change(client, journey, action="undo")
    assert draft(journey) == before
    assert "Urungkan" not in page(client, "edit", journey.pk)


def test_the_labels_of_the_shop_are_offered_where_one_is_named(client: Client, workspace: Workspace) -> None:
    """A mistyped label lets no customer in, and no page says so."""
    Tag.objects.create(workspace=workspace, name="Suka <batik>")
    Tag.objects.create(workspace=make_workspace("Lain"), name="Rahasia")
    journey = make_journey(workspace, d.Act("a1", "contacts.tag", {"tag": "Baru"}))
    for address in ("/edit/trigger/?kind=tag_added", "/edit/steps/a1/"):
        shown = client.get(f"/journeys/{journey.pk}{address}").content.decode()
        [field] = re.findall(r'<input[^>]* name="tag"[^>]*>', shown)
        assert 'list="id_tag-words"' in field
        assert 'class="form-control"' in field
        [offered] = re.findall(r'<datalist id="id_tag-words">(.*?)</datalist>', shown)
        assert offered == '<option value="Suka &lt;batik&gt;"></option>'


def test_a_wrong_step_is_refused_in_words_and_keeps_what_was_typed(client: Client) -> None:
    journey = made(client, "welcome")
    send = ids(journey)[1]
    typed = {"text": "Hai {{ contact.nme }}", "late": "0", "quiet": "postpone", "purpose": "marketing"}
    answer = client.post(reverse("journeys:step", args=[journey.pk, send]), typed)
    assert answer.status_code == 422
    assert "contact.nme" in answer.content.decode()
    branch = next(step.id for step in steps_in_order(draft(journey)) if isinstance(step, d.Branch))
    answer = client.post(reverse("journeys:step", args=[journey.pk, branch]), {"about0": ""})
    assert answer.status_code == 422
    assert "Susun syaratnya" in answer.content.decode()
    answer = client.post(reverse("journeys:text", args=[journey.pk]), {"text": "kirim\n  | Hai\nmenari"})
    assert answer.status_code == 422
    assert "Baris 3" in answer.content.decode()


def test_the_text_form_changes_the_same_journey(client: Client) -> None:
    journey = made(client, "birthday")
    shown = page(client, "text", journey.pk)
    send = ids(journey)[1]
    assert f"kirim #{send}" in shown
    assert "tanggal=ulang-tahun" in shown
    text = f"pemicu date field=birthday days=0 at=09:00\nkirim #{send}\n  | Selamat ya\ntunggu 2 hari\n"
    client.post(reverse("journeys:text", args=[journey.pk]), {"text": text})
    changed = draft(journey)
    assert changed.steps[0] == d.Send(send, "Selamat ya")
    assert isinstance(changed.steps[1], d.Wait)


def test_nothing_is_live_before_its_test_run_was_shown(client: Client) -> None:
    journey = made(client, "")
    assert "Pilih pemicunya" in page(client, "check", journey.pk)
    client.post(reverse("journeys:check", args=[journey.pk]), {"draft_version": "0"})
    journey.refresh_from_db()
    assert journey.state == "draft"
    journey = made(client, "birthday")
    client.post(reverse("journeys:check", args=[journey.pk]), {"draft_version": "17"})
    journey.refresh_from_db()
    assert journey.state == "draft"


def test_the_test_run_says_why(client: Client, workspace: Workspace) -> None:
    make_contact(workspace, name="Ayu", city="Bandung")
    journey = made(client, "welcome")
    silent = page(client, "check", journey.pk)
    assert "Selain itu" in silent or "selain itu" in silent
    assert "masih kami simpan" in silent
    answering = client.get(reverse("journeys:check", args=[journey.pk]), {"does": "replied"}).content.decode()
    assert "masih kami simpan" not in answering
    assert "Ya: " in answering
    ordering = client.get(reverse("journeys:check", args=[journey.pk]), {"does": "order"}).content.decode()
    assert "Tujuan tercapai" in ordering


def test_people_are_seen_asked_about_and_taken_out(client: Client, workspace: Workspace) -> None:
    contact = make_contact(workspace, name="Ayu")
    journey = make_journey(workspace, d.Wait("w1", amount=3), d.Send("s1", text="Hai"))
    services.enroll(journey=journey, entrants=[services.Entrant(contact.pk)])
    one = Enrollment.objects.get(journey=journey)
    shown = page(client, "detail", journey.pk)
    assert "1 menunggu" in re.sub(r"</?b>", "", shown)
    assert "Ayu" in client.get(reverse("journeys:people", args=[journey.pk]), {"step": one.step_id}).content.decode()
    assert "Tunggu 3 hari" in page(client, "person", journey.pk, one.pk)
    assert journey.name in client.get(reverse("contacts:detail", args=[contact.pk])).content.decode()
    change(client, journey, step="w1", action="delete")
    assert "1 pelanggan menunggu di langkah yang dihapus" in page(client, "check", journey.pk)
    journey.refresh_from_db()
    posted = {"draft_version": journey.draft_version, "people:w1": "leave"}
    client.post(reverse("journeys:check", args=[journey.pk]), posted)
    one.refresh_from_db()
    assert one.state == "exited"
    act = reverse("journeys:act", args=[journey.pk])
    for action, state in (("pause", "paused"), ("resume", "active"), ("finish", "archived")):
        client.post(act, {"action": action})
        journey.refresh_from_db()
        assert journey.state == state


def test_who_reached_the_goal_has_not_left_early(client: Client, workspace: Workspace) -> None:
    journey = make_journey(workspace, d.Wait("w1"), parts={"goal": d.Happening("order")})
    people = [make_contact(workspace) for _number in range(3)]
    services.enroll(journey=journey, entrants=[services.Entrant(person.pk) for person in people])
    ended = {"state": "exited", "reason": "goal", "due_at": None, "ended_at": clock.now()}
    Enrollment.objects.filter(contact=people[0]).update(**ended)
    services.exit_people(journey=journey, enrollment_ids=[Enrollment.objects.get(contact=people[1]).pk])
    context = client.get(reverse("journeys:detail", args=[journey.pk])).context
    assert (context["reached"], context["left_early"], context["counts"].active) == (1, 1, 1)
    assert "Tujuan tercapai" in page(client, "detail", journey.pk)
    assert "Tujuan tercapai" not in page(client, "detail", make_journey(workspace, d.Wait("w1")).pk)


def test_a_stuck_customer_is_shown_with_a_reason_and_tries_again(client: Client, workspace: Workspace) -> None:
    journey = make_journey(workspace, d.Wait("w1"))
    services.enroll(journey=journey, entrants=[services.Entrant(make_contact(workspace, name="Ayu").pk)])
    Enrollment.objects.update(state="parked", due_at=None, reason="error", error="Alamat tidak menjawab")
    assert "Alamat tidak menjawab" in page(client, "detail", journey.pk)
    client.post(reverse("journeys:act", args=[journey.pk]), {"action": "retry"})
    assert Enrollment.objects.get().state == "active"


def test_a_viewer_looks_and_changes_nothing(workspace: Workspace) -> None:
    journey = make_journey(workspace, d.Send("s1", text="Hai"))
    viewer = signed_in(workspace, "viewer")
    for name in ("detail", "edit", "check", "people"):
        assert "csrfmiddlewaretoken" not in page(viewer, name, journey.pk).partition("<main")[2].partition("</main")[0]
    for name in ("act", "change"):
        assert viewer.post(reverse(f"journeys:{name}", args=[journey.pk])).status_code == 403
    assert viewer.post(reverse("journeys:check", args=[journey.pk])).status_code == 403


def test_a_test_run_sends_and_stores_nothing(client: Client, workspace: Workspace) -> None:
    person = make_contact(workspace, name="Ayu", city="Bandung")
    journey = made(client, "welcome")
    page(client, "check", journey.pk)
    with CaptureQueriesContext(connection) as captured:
        for does in REACTIONS:
            shown = client.get(reverse("journeys:check", args=[journey.pk]), {"does": does, "person": person.pk})
            assert "Ayu" in shown.content.decode()
    writes = re.compile(r"\b(INSERT INTO|UPDATE \S+ SET|DELETE FROM)\b")
    assert [query["sql"] for query in captured if writes.search(query["sql"])] == []
    assert not Enrollment.objects.exists()
    assert not Message.objects.exists()


def test_a_draft_that_changed_meanwhile_is_not_published_unseen(client: Client, workspace: Workspace) -> None:
    """Another member, or another tab, changes the draft while the test run is on the screen."""
    journey = made(client, "birthday")
    shown = journey.draft_version
    change(client, journey, step=ids(journey)[1], action="copy")
    answer = client.post(reverse("journeys:check", args=[journey.pk]), {"draft_version": shown}, follow=True)
    assert "diubah orang lain" in answer.content.decode()
    journey.refresh_from_db()
    assert (journey.state, journey.tested_version) == ("draft", None)


def test_a_move_says_where_the_step_is_now(client: Client) -> None:
    journey = made(client, "")
    place = {"parent": "", "to_arm": "0", "index": "0"}
    for kind in ("send", "wait"):
        client.post(reverse("journeys:add", args=[journey.pk]), {**place, "kind": kind})
    wait, _send = ids(journey)
    answer = client.post(reverse("journeys:change", args=[journey.pk]), {"step": wait, "action": "down"}, follow=True)
    assert "langkah 2 dari 2" in answer.content.decode()
    answer = client.post(reverse("journeys:change", args=[journey.pk]), {"step": wait, "action": "down"}, follow=True)
    assert "Tetap di tempatnya" in answer.content.decode()


def test_a_refused_move_says_only_why(client: Client, workspace: Workspace) -> None:
    journey = make_journey(workspace, d.Send("a1", "Hai"), d.Wait("w1"))
    Journey.objects.update(state="archived")
    moved = {"step": "w1", "action": "up"}
    answer = client.post(reverse("journeys:change", args=[journey.pk]), moved, follow=True).content.decode()
    assert "diarsipkan" in answer
    assert "langkah 1 dari 2" not in answer.split('id="toasts"', 1)[1]


def statements(client: Client, name: str, journey: Journey) -> int:
    with CaptureQueriesContext(connection) as seen:
        page(client, name, journey.pk)
    return len(seen)


def test_more_people_and_more_cards_take_no_more_statements(client: Client, workspace: Workspace) -> None:
    """The words of a condition take one, for each condition of the journey."""
    until = d.Happening("segment", when='Kota = "Bandung"')
    inside, few = d.BranchArm('Kota = "Solo"'), (d.End("e1"),)
    steps = d.Wait("w1", "happening", 3, until=until), d.Branch("b1", (inside,), few)
    journey = make_journey(workspace, *steps)
    names = ("people", "edit")
    counted = []
    for arm in (few, (d.Wait("w2"), d.Wait("w3"), d.End("e1"))):
        entrants = [services.Entrant(make_contact(workspace).pk) for _step in arm]
        services.enroll(journey=journey, entrants=entrants)
        Journey.objects.update(draft=dump(make_definition(steps[0], d.Branch("b1", (inside,), arm))))
        counted.append([statements(client, name, journey) for name in names])
    assert counted[0] == counted[1]


def test_a_nameless_customer_is_shown_by_number(client: Client, workspace: Workspace) -> None:
    contact = make_contact(workspace, "", phone="+6281234567890")
    journey = make_journey(workspace, d.Wait("w1"))
    services.enroll(journey=journey, entrants=[services.Entrant(contact.pk)])
    one = Enrollment.objects.get()
    for address in (("check", journey.pk), ("people", journey.pk), ("person", journey.pk, one.pk)):
        assert "+62 812-3456-7890" in page(client, *address), address
    Enrollment.objects.update(state="parked", reason="error", error="x", ended_at=None)
    assert "+62 812-3456-7890" in page(client, "detail", journey.pk)
