"""The list, progress, recipients, and the buttons that stop a broadcast."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from wabolt.accounts.models import AuditEntry, Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.broadcasts import queries, services
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast, make_segment
from wabolt.broadcasts.tests.pages import LIVE, XSS, body
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.services import merge_contacts
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.messaging.models import Message
from wabolt.messaging.services import pause_lane
from wabolt.segments.models import Segment
from wabolt.segments.registry import actions_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def manager(workspace: Workspace) -> Client:
    return signed_in(workspace, "manager")


def running(workspace: Workspace, **fields: object) -> Broadcast:
    """Creates a broadcast with a frozen audience."""
    broadcast = make_broadcast(workspace, **fields)
    services.start(broadcast=broadcast)
    return services.freeze(broadcast_id=broadcast.pk)


def url(name: str, broadcast: Broadcast) -> str:
    return reverse(f"broadcasts:{name}", args=[broadcast.pk])


def asked(client: Client, address: str, target: str) -> object:
    return client.get(address, headers={"HX-Request": "true", "HX-Target": target})


# Roles


def test_viewer_sees_results_without_buttons(workspace: Workspace) -> None:
    make_agreeing(workspace)
    draft, sent = make_broadcast(workspace, name="Draf"), running(workspace, name="Jalan")
    viewer, agent = signed_in(workspace, "viewer"), signed_in(workspace, "agent")
    pages = [viewer.get(reverse("broadcasts:list")), agent.get(reverse("broadcasts:list"))]
    pages += [agent.get(url("detail", sent)), agent.get(url("people", sent)), viewer.get(url("detail", sent))]
    pages += [viewer.get(url("people", sent)), agent.get(url("detail", draft))]
    for page in pages:
        assert page.status_code == 200
        for name in ("pause", "cancel", "copy", "edit", "delete", "unschedule"):
            assert url(name, sent) not in body(page)
        assert reverse("broadcasts:new") not in body(page)
    names = ("pause", "resume", "cancel", "copy", "edit", "check", "delete", "test", "unschedule")
    for name, broadcast in zip(names, itertools.cycle([sent, draft])):
        assert agent.post(url(name, broadcast)).status_code == 403, name
    assert viewer.post(url("cancel", sent)).status_code == 403
    sent.refresh_from_db()
    assert sent.state == "running"


def test_actions_need_post(workspace: Workspace, manager: Client) -> None:
    broadcast = running(workspace)
    for name in ("pause", "resume", "copy", "unschedule", "test"):
        assert manager.get(url(name, broadcast)).status_code == 405, name


# The list


def test_list_says_what_to_do_while_there_is_nothing(workspace: Workspace, manager: Client) -> None:
    page = body(manager.get(reverse("broadcasts:list")))
    assert "wb-empty" in page
    assert reverse("broadcasts:new") in page


def test_list_of_another_workspace_is_not_shown(workspace: Workspace, manager: Client) -> None:
    running(make_workspace("Toko lain"), name="Rahasia mereka")
    assert "Rahasia mereka" not in body(manager.get(reverse("broadcasts:list")))


def test_list_and_people_open_for_any_page_number(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace)
    broadcast = running(workspace)
    pages = ("abc", "-1", "0", "999999999999", "9" * 400, "<script>alert(1)</script>", "\x00")
    for page, address in zip(pages, itertools.cycle([reverse("broadcasts:list"), url("people", broadcast)])):
        response = manager.get(address, {"page": page})
        assert response.status_code == 200, (address, page)
        assert "<script>alert" not in body(response), (address, page)


def test_list_is_polled_only_while_something_runs(workspace: Workspace, manager: Client) -> None:
    broadcast = running(workspace)
    assert "every 3s" in body(manager.get(reverse("broadcasts:list")))
    fragment = asked(manager, reverse("broadcasts:list"), "rows")
    assert "<html" not in body(fragment)
    assert "csrfmiddlewaretoken" not in body(fragment)
    services.cancel(broadcast=broadcast)
    assert asked(manager, reverse("broadcasts:list"), "rows").status_code == 286  # type: ignore[attr-defined]
    assert "every 3s" not in body(manager.get(reverse("broadcasts:list")))


def test_pages_take_the_same_queries_for_one_and_three(workspace: Workspace, manager: Client) -> None:
    def queries() -> list[int]:
        addresses = [reverse("broadcasts:list"), url("detail", first), url("people", first)]
        counts = []
        for address in addresses:
            with CaptureQueriesContext(
                connection,
            ) as seen:
                assert manager.get(address).status_code == 200
            counts.append(len(seen))
        return counts

    make_agreeing(workspace, 1)
    first = running(workspace, text="Satu")
    manager.get(reverse("broadcasts:list"))  # the session is fresh
    one = queries()
    make_agreeing(workspace, 2)
    Message.objects.all().delete()
    Broadcast.objects.filter(pk=first.pk).delete()
    first = running(workspace, text="Lagi")
    for number in range(2):
        running(workspace, text=f"Lagi {number}")
    assert queries() == one


# One broadcast


def test_draft_leads_to_its_check(workspace: Workspace, manager: Client) -> None:
    draft = make_broadcast(workspace)
    assert manager.get(url("detail", draft))["Location"] == url("check", draft)


def test_progress_is_polled_and_a_new_state_reloads_the_page(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace, 2)
    broadcast = make_broadcast(workspace)
    services.start(broadcast=broadcast)
    page = body(manager.get(url("detail", broadcast)))
    assert f'hx-get="{url("detail", broadcast)}?was=freezing"' in page
    fragment = asked(manager, f"{url('detail', broadcast)}?was=freezing", "progress")
    assert not fragment.has_header("HX-Refresh")  # type: ignore[attr-defined]
    assert "csrfmiddlewaretoken" not in body(fragment)
    services.freeze(broadcast_id=broadcast.pk)
    assert asked(manager, f"{url('detail', broadcast)}?was=freezing", "progress")["HX-Refresh"] == "true"  # type: ignore[index]
    page = body(manager.get(url("detail", broadcast)))
    assert "0 dari 2" in page
    assert url("pause", broadcast) in page, "what runs can be paused without loading the page again"


EVENING = datetime(2026, 11, 27, 14, tzinfo=UTC)  # 21.00 WIB


def test_halted_progress_names_its_reason(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace)
    channel = make_channel(workspace, quiet_from="20:00", quiet_until="08:00")
    broadcast = running(workspace, channel=channel)
    with clock.hold(EVENING):
        assert "Jam tenang. Lanjut sendiri: 28 Nov 2026, 08.00 WIB." in body(manager.get(url("detail", broadcast)))
    noon = EVENING + timedelta(hours=15)
    with clock.hold(noon):
        assert "Jam tenang" not in body(manager.get(url("detail", broadcast)))
        pause_lane(channel=channel, reason="stok habis")
        page = body(manager.get(url("detail", broadcast)))
        assert "Nomor ini sedang dijeda" in page
        assert reverse("channels:list") in page
        channel.state = "offline"
        channel.save()
        assert "Nomor ini tidak terhubung" in body(manager.get(url("detail", broadcast)))


def test_same_progress_is_answered_with_304(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace)
    broadcast = running(workspace)
    address = f"{url('detail', broadcast)}?was=running"
    with clock.hold(clock.now()):  # the fragment says when the broadcast will end, to the minute
        first = asked(manager, address, "progress")
        headers = {"HX-Request": "true", "HX-Target": "progress", "If-None-Match": first["ETag"]}  # type: ignore[index]
        assert manager.get(address, headers=headers).status_code == 304


def test_every_state_has_a_page(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace)
    broadcast = running(workspace)
    for state in Broadcast.State.values:
        if state == "draft":
            continue
        Broadcast.objects.filter(pk=broadcast.pk).update(state=state, scheduled_at=clock.now())
        for name in ("detail", "people"):
            assert manager.get(url(name, broadcast)).status_code == 200
        for name in ("cancel", "delete", "edit", "check"):
            assert manager.get(url(name, broadcast)).status_code in {200, 302}


def test_broadcast_whose_segment_is_gone_is_still_shown_and_cannot_be_copied(
    workspace: Workspace, manager: Client
) -> None:
    make_agreeing(workspace)
    broadcast = running(workspace)
    Segment.objects.all().delete()
    assert manager.get(url("detail", broadcast)).status_code == 200
    response = manager.post(url("copy", broadcast), follow=True)
    assert response.redirect_chain[-1][0] == url("detail", broadcast)
    assert "sudah tidak ada" in body(response)
    assert Broadcast.objects.count() == 1


def test_copy_is_a_new_draft(workspace: Workspace, manager: Client) -> None:
    broadcast = running(workspace)
    response = manager.post(url("copy", broadcast))
    copied = Broadcast.objects.exclude(pk=broadcast.pk).get()
    assert response["Location"] == url("edit", copied)
    assert (copied.state, copied.text) == ("draft", broadcast.text)


def test_pause_continue_and_cancel(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace)
    broadcast = running(workspace)
    for name, state in (("pause", "paused"), ("resume", "running")):
        page = manager.post(url(name, broadcast), follow=True)
        broadcast.refresh_from_db()
        assert broadcast.state == state
        assert page.redirect_chain[-1][0] == url("detail", broadcast)
    assert "1 orang tidak akan menerimanya" in body(manager.get(url("cancel", broadcast)))
    manager.post(url("cancel", broadcast))
    broadcast.refresh_from_db()
    assert broadcast.state == "cancelled"
    kinds = ["broadcast.pause", "broadcast.resume", "broadcast.cancel"]
    assert list(AuditEntry.objects.filter(action__in=kinds).order_by("id").values_list("action", flat=True)) == kinds


def test_late_button_shows_an_error(workspace: Workspace, manager: Client) -> None:
    broadcast = running(workspace)
    Broadcast.objects.filter(pk=broadcast.pk).update(state="completed")
    for name in ("pause", "resume", "cancel", "unschedule"):
        page = body(manager.post(url(name, broadcast), follow=True))
        assert "Selesai" in page, name
        assert "sudah tidak bisa" in page.lower(), name
        assert not AuditEntry.objects.filter(action=f"broadcast.{name}").exists()


def test_draft_is_deleted_after_a_question_and_others_are_not(workspace: Workspace, manager: Client) -> None:
    draft, sent = make_broadcast(workspace, name="Draf"), running(workspace, name="Jalan")
    assert "Draf" in body(manager.get(url("delete", draft)))
    assert Broadcast.objects.count() == 2
    assert manager.post(url("delete", draft))["Location"] == reverse("broadcasts:list")
    assert manager.post(url("delete", sent))["Location"] == url("detail", sent)
    assert list(Broadcast.objects.all()) == [sent]


def test_scheduled_page_offers_to_change_it(workspace: Workspace, manager: Client) -> None:
    broadcast = make_broadcast(workspace)
    services.schedule(broadcast=broadcast, at=clock.now() + timedelta(days=1))
    assert url("unschedule", broadcast) in body(manager.get(url("detail", broadcast)))


# The recipients


def test_recipients_are_filtered_by_state_and_reason(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace)
    make_contact(workspace, "Belum Tanya")
    broadcast = running(workspace)
    everybody = body(manager.get(url("people", broadcast)))
    assert "Ayu 0" in everybody
    assert "Belum Tanya" in everybody
    for query in ({"state": "suppressed"}, {"reason": "no_consent"}):
        narrowed = body(manager.get(url("people", broadcast), query))
        assert "Ayu 0" not in narrowed
        assert "Belum Tanya" in narrowed
    assert "belum memberi izin" in body(manager.get(url("people", broadcast), {"reason": "no_consent"}))
    fragment = asked(manager, url("people", broadcast), "table")
    assert "<html" not in body(fragment)


def test_people_open_for_any_filter(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace)
    broadcast = running(workspace)
    values = ("<script>alert(1)</script>", "a\x00b", "x" * 5000, "' OR 1=1 --", "queued' --")
    for value in values:
        response = manager.get(url("people", broadcast), {"state": value, "reason": value})
        assert response.status_code == 200, value
        assert "Ayu 0" in body(response), value
        assert not [part for part in LIVE if part in body(response)], value


def test_hostile_names_are_shown_as_text(workspace: Workspace, manager: Client) -> None:
    people = make_agreeing(workspace, len(XSS))
    for person, name in zip(people, XSS, strict=True):
        person.name = name
        person.save()
    name = "".join(XSS[:3])
    broadcast = running(
        workspace, name=name, text=f"{name} {{{{ contact.name }}}}", segment=make_segment(workspace, name)
    )
    Message.objects.filter(origin_id=broadcast.pk).update(text=name)
    pages = [manager.get(url(page, broadcast)) for page in ("detail", "people", "cancel")]
    pages += [manager.get(reverse("broadcasts:list")), asked(manager, url("detail", broadcast), "progress")]
    for page in pages:
        assert not [part for part in LIVE if part in body(page)]


def test_search_of_the_shell_finds_segments_and_broadcasts(workspace: Workspace) -> None:
    segment = make_segment(workspace, "Peminat Batik <b>")
    broadcast = make_broadcast(workspace, name="Koleksi Batik")
    make_broadcast(make_workspace("Toko lain"), name="Batik rahasia")
    page = body(signed_in(workspace, "viewer").get(reverse("contacts:search"), {"q": "batik"}))
    assert reverse("segments:detail", args=[segment.pk]) in page
    assert url("detail", broadcast) in page
    assert "Peminat Batik &lt;b&gt;" in page
    assert "rahasia" not in page


def test_segments_offer_to_send_to_them(workspace: Workspace) -> None:
    segment = make_segment(workspace)
    (action,) = [action for action in actions_for("manager") if action.key == "broadcast"]
    assert action.url(segment) == f"{reverse('broadcasts:new')}?segment={segment.pk}"
    assert "broadcast" not in [action.key for action in actions_for("agent")]


def test_people_shows_every_reason_in_the_readers_language(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace)
    broadcast = running(workspace)
    Message.objects.update(state="failed", reason="wrong_number")
    page = body(manager.get(reverse("broadcasts:people", args=[broadcast.pk])))
    assert "nomor ini tidak ada di WhatsApp" in page
    assert "wrong number" not in page


def test_people_follow_a_contact_that_was_joined_into_another(workspace: Workspace, manager: Client) -> None:
    [absorbed] = make_agreeing(workspace)
    broadcast = running(workspace)
    keep = make_contact(workspace, "Rani Wijaya", phone="+6281299990000")
    merge_contacts(workspace=workspace, keep_id=keep.pk, absorb_id=absorbed.pk, reason="member")
    [person] = queries.recipients(broadcast, state="queued")
    assert (person.contact_id, person.name) == (keep.pk, "Rani Wijaya")
