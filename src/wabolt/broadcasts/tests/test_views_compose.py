"""Composing a broadcast."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from wabolt.accounts.models import AuditEntry, Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.broadcasts import queries, services
from wabolt.broadcasts.forms import BroadcastForm
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast, make_segment
from wabolt.broadcasts.tests.pages import LIVE, XSS, body, written
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.tests.factories import make_contact
from wabolt.messaging.models import Message
from wabolt.segments.models import Segment

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace(timezone="Asia/Makassar")


@pytest.fixture
def manager(workspace: Workspace) -> Client:
    return signed_in(workspace, "manager")


# Composing


def test_compose_saves_a_draft_and_leads_to_the_check(workspace: Workspace, manager: Client) -> None:
    response = manager.post(reverse("broadcasts:new"), written(workspace))
    broadcast = Broadcast.objects.get()
    assert response.status_code == 302
    assert response["Location"] == reverse("broadcasts:check", args=[broadcast.pk])
    assert (broadcast.state, broadcast.name) == ("draft", "Koleksi baru")
    assert AuditEntry.objects.filter(action="broadcast.create", target_id=broadcast.pk).exists()


def test_compose_starts_with_the_segment_that_was_asked_for(workspace: Workspace, manager: Client) -> None:
    make_channel(workspace)
    make_segment(workspace, "Lain")
    segment = make_segment(workspace, "Orang Bandung")
    page = body(manager.get(reverse("broadcasts:new"), {"segment": segment.pk}))
    assert f'<option value="{segment.pk}" selected>' in page


def test_compose_ignores_an_invalid_segment(workspace: Workspace, manager: Client) -> None:
    make_channel(workspace)
    make_segment(workspace)
    for given in ("abc", "-1", "9" * 40, "²", ""):
        assert manager.get(reverse("broadcasts:new"), {"segment": given}).status_code == 200, given


def test_segment_and_number_of_another_workspace_are_refused(workspace: Workspace, manager: Client) -> None:
    other = make_workspace("Toko lain")
    foreign = {"segment": make_segment(other, "Rahasia").pk, "channel": make_channel(other, name="Nomor rahasia").pk}
    for name, pk in foreign.items():
        response = manager.post(reverse("broadcasts:new"), written(workspace, **{name: pk}))
        assert response.status_code == 422
        assert "ahasia" not in body(response)
    assert not Broadcast.objects.exists()
    for route in ("bubble", "reach"):
        fragment = manager.post(reverse(f"broadcasts:{route}"), written(workspace, **foreign))
        assert fragment.status_code == 200
        assert "ahasia" not in body(fragment)


WRONG = [
    ("name", ""),
    ("name", "x" * 101),
    ("name", "a\x00b"),
    ("segment", ""),
    ("segment", "abc"),
    ("segment", "9" * 30),
    ("channel", "99999999"),
    ("text", ""),
    ("text", "   \n "),
    ("text", "Halo\x00"),
    ("text", "x" * 5000),
    ("text", "Halo {{ contact.shoe }}"),
    ("text", "Halo {{ contact.name"),
    ("text", "{% include 'x' %}"),
    ("text", "Kode {{ voucher.code }}"),
    ("voucher_percent", "-1"),
    ("voucher_percent", "91"),
    ("voucher_percent", "sepuluh"),
    ("voucher_percent", "10"),
    ("voucher_days", "0"),
    ("voucher_days", "99999999999"),
    ("holdout_percent", "37"),
    ("holdout_percent", "x"),
    ("attribution_days", "-5"),
]


def test_each_wrong_value_is_refused(workspace: Workspace) -> None:
    given = written(workspace)
    assert BroadcastForm(workspace, given).is_valid()
    accepted = [
        (field, value) for field, value in WRONG if BroadcastForm(workspace, {**given, field: value}).is_valid()
    ]
    assert accepted == []


def test_errors_are_shown_and_other_values_kept(workspace: Workspace, manager: Client) -> None:
    form = written(workspace)
    wrong = {"segment": "abc", "channel": "99999999", "text": "Halo {{ contact.shoe }}", "voucher_percent": "91",
             "holdout_percent": "37", "attribution_days": "-5"}  # fmt: skip
    for changes in ({**wrong, "name": "Nama saya"}, {"name": "", "voucher_days": "33"}):
        response = manager.post(reverse("broadcasts:new"), {**form, **changes})
        page = body(response)
        assert response.status_code == 422
        errors = response.context["form"].errors
        assert set(errors) == set(changes) - {"voucher_days"} - ({"name"} if changes["name"] else set())
        for field, said in errors.items():
            assert str(escape(said[0])) in page, field
        assert ('value="Nama saya"' if changes["name"] else 'value="33"') in page
    assert not Broadcast.objects.exists()


def test_lines_of_a_text_end_as_on_whatsapp(workspace: Workspace, manager: Client) -> None:
    """Browsers send CR LF; comparing with last week's text needs LF."""
    manager.post(reverse("broadcasts:new"), written(workspace, text="Halo\r\nKak"))
    assert Broadcast.objects.get().text == "Halo\nKak"


def test_hostile_texts_are_shown_as_text(workspace: Workspace, manager: Client) -> None:
    evil = make_contact(workspace, XSS[1], city=XSS[0])
    assert evil
    for text in ("".join(XSS[:3]), "".join(XSS[3:])):  # a name has room for three
        segment = make_segment(workspace, text)
        data = written(workspace, name=text, text=text, segment=segment.pk)
        answers = [manager.post(reverse("broadcasts:bubble"), data), manager.post(reverse("broadcasts:reach"), data)]
        answers.append(manager.post(reverse("broadcasts:new"), data, follow=True))
        answers.append(manager.post(reverse("broadcasts:new"), {**data, "segment": ""}))
        answers.append(manager.get(reverse("broadcasts:list")))
        made = Broadcast.objects.filter(name=text)
        answers += [manager.get(reverse("broadcasts:delete", args=[broadcast.pk])) for broadcast in made]
        for answer in answers:
            assert not [part for part in LIVE if part in body(answer)]


def test_creation_key_posted_again_changes_the_same_draft(workspace: Workspace, manager: Client) -> None:
    """After Back and a change, the form is sent again: the later text wins."""
    data = written(workspace)
    manager.post(reverse("broadcasts:new"), data)
    manager.post(reverse("broadcasts:new"), {**data, "text": "Kata yang lain"})
    assert Broadcast.objects.get().text == "Kata yang lain"


def test_creation_key_of_a_started_broadcast_leads_to_it_and_changes_nothing(
    workspace: Workspace, manager: Client
) -> None:
    data = written(workspace)
    manager.post(reverse("broadcasts:new"), data)
    broadcast = Broadcast.objects.get()
    services.start(broadcast=broadcast)
    response = manager.post(reverse("broadcasts:new"), {**data, "text": "Kata yang lain"}, follow=True)
    assert response.redirect_chain[-1][0] == reverse("broadcasts:detail", args=[broadcast.pk])
    assert Broadcast.objects.get().text == data["text"]


def test_creation_key_of_another_workspace_is_ignored(workspace: Workspace, manager: Client) -> None:
    foreign = make_broadcast(make_workspace("Toko lain"), text="Punya mereka")
    manager.post(reverse("broadcasts:new"), written(workspace, creation_key=str(foreign.creation_key)))
    foreign.refresh_from_db()
    assert foreign.text == "Punya mereka"
    assert Broadcast.objects.filter(workspace=workspace).count() == 1


@pytest.mark.django_db(transaction=True)
def test_double_submit_makes_one_broadcast() -> None:
    workspace = make_workspace()
    data = written(workspace)
    clients = [signed_in(workspace, "manager"), signed_in(workspace, "owner")]

    def post(number: int) -> int:
        try:
            return clients[number % 2].post(reverse("broadcasts:new"), data).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(post, range(6))) == {302}
    assert Broadcast.objects.count() == 1


def test_invalid_creation_key_is_ignored(workspace: Workspace, manager: Client) -> None:
    for count, key in enumerate(("", "not-a-key", "<script>"), start=1):
        assert manager.post(reverse("broadcasts:new"), written(workspace, creation_key=key)).status_code == 302, key
        assert Broadcast.objects.count() == count


def test_draft_is_changed_and_a_started_one_is_not(workspace: Workspace, manager: Client) -> None:
    broadcast = make_broadcast(workspace)
    edit = reverse("broadcasts:edit", args=[broadcast.pk])
    assert broadcast.name in body(manager.get(edit))
    data = written(workspace, name="Nama lain", channel=broadcast.channel_id)
    assert manager.post(edit, data).status_code == 302
    broadcast.refresh_from_db()
    assert broadcast.name == "Nama lain"
    services.start(broadcast=broadcast)
    refused = manager.post(edit, {**data, "name": "Terlambat"})
    assert refused.status_code == 422
    assert "Terlambat" in body(refused)  # what was typed stays in the form
    broadcast.refresh_from_db()
    assert broadcast.name == "Nama lain"


def test_without_number_or_segment_the_page_says_what_to_do_first(workspace: Workspace, manager: Client) -> None:
    assert reverse("channels:list") in body(manager.get(reverse("broadcasts:new")))
    make_channel(workspace)
    assert reverse("segments:new") in body(manager.get(reverse("broadcasts:new")))


# The preview and the number of recipients


def test_bubble_wraps_around_the_contacts(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace, 1)
    form = written(workspace)
    for person in ("abc", "-1", "999999999999", "9" * 30, "٣", ""):
        response = manager.post(reverse("broadcasts:bubble"), {**form, "person": person})
        assert response.status_code == 200, person
        assert "Halo Ayu 0" in body(response), person


def test_bubble_and_count_accept_any_text(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace)
    form = written(workspace)
    for text in ("", "\x00", "Halo {{ x", "x" * 2_000_000, "{{ contact.name | upcase " * 500, "{% if %}" * 500):
        for route in ("bubble", "reach"):
            response = manager.post(reverse(f"broadcasts:{route}"), {**form, "text": text})
            assert response.status_code == 200, (route, text[:40])
            assert len(response.content) < 100_000, (route, text[:40])


def test_reach_counts_who_would_get_it(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace, 2)
    make_contact(workspace)
    page = body(manager.post(reverse("broadcasts:reach"), written(workspace)))
    assert "<b>2</b> dari 3" in page


def test_reach_says_who_does_not_get_it_and_why(workspace: Workspace, manager: Client) -> None:
    names = ["Ani Putri", "Budi", "Citra"]
    for name in names:
        make_contact(workspace, name)
    page = body(manager.post(reverse("broadcasts:reach"), written(workspace)))
    assert "<b>0</b> dari 3" in page
    assert "3 tidak" in page
    assert "belum memberi izin" in page
    assert "Citra, Ani Putri dan 1 lainnya" in page


def test_reach_says_when_the_segment_is_broken(workspace: Workspace, manager: Client) -> None:
    broken = Segment.objects.create(workspace=workspace, name="Rusak", tree={"nonsense": 1})
    data = written(workspace, segment=broken.pk)
    assert "wb-text-bad" in body(manager.post(reverse("broadcasts:reach"), data))
    response = manager.post(reverse("broadcasts:new"), data, follow=True)
    assert response.status_code == 200
    assert 'value="start"' not in body(response)


def test_some_are_left_without_a_message_to_compare(workspace: Workspace, manager: Client) -> None:
    make_agreeing(workspace, 30)
    form = written(workspace, holdout_percent=20)
    page = body(manager.get(reverse("broadcasts:new")))
    choice = page[page.index("Sisakan sebagian tanpa pesan (untuk membandingkan)") :]
    assert re.findall(r'<option value="(\d+)"', choice[: choice.index("</select>")]) == ["0", "5", "10", "20"]
    manager.post(reverse("broadcasts:new"), form)
    broadcast = Broadcast.objects.get()
    assert broadcast.holdout_percent == 20
    preview = queries.preview(broadcast)
    assert preview.held_out > 0
    check = body(manager.get(reverse("broadcasts:check", args=[broadcast.pk])))
    assert f'?reason=held_out">{preview.held_out} orang sengaja tidak dikirimi</a>' in check
    services.start(broadcast=broadcast)
    services.freeze(broadcast_id=broadcast.pk)
    outcomes = list(broadcast.recipients.values_list("outcome", flat=True))
    assert (outcomes.count("held_out"), outcomes.count("queued")) == (preview.held_out, 30 - preview.held_out)
    assert Message.objects.count() == 30 - preview.held_out
