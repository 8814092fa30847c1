"""Pages of consent."""

import re
from collections import Counter
from contextlib import suppress
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from wabolt.accounts.models import AuditEntry, Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.tests.factories import make_channel
from wabolt.consent import panels, queries, services
from wabolt.consent.models import ConsentEvent, Keyword, Purpose, Suppression, Wording
from wabolt.consent.tests.factories import give_consent, make_people, say_stop
from wabolt.contacts.models import Contact, Event, Identity
from wabolt.contacts.queries import describe_events
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.lib.errors import DomainError

pytestmark = pytest.mark.django_db
YES = {"purpose": "marketing", "place": "shop", "agreed_on": "2026-11-01", "statement": "Ditanya di kasir, dia mau"}


def test_consent_entered_by_a_member_is_in_the_proof() -> None:
    workspace = make_workspace()
    (person,) = make_people(workspace, 1)
    client = signed_in(workspace, "agent")
    assert client.get(f"/contacts/{person}/consent/grant/").status_code == 200
    assert client.post(f"/contacts/{person}/consent/grant/", YES).status_code == 302
    entry = ConsentEvent.objects.get()
    assert entry.source == "member"
    assert entry.evidence == {key: YES[key] for key in ("place", "agreed_on", "statement")}
    assert entry.actor is not None
    assert AuditEntry.objects.filter(action="consent.grant", target_id=person).exists()
    page = client.get(f"/contacts/{person}/consent/").content.decode()
    for word in ("Ditanya di kasir", "1 Nov 2026", "Di toko", entry.hash, "Dicatat oleh tim"):
        assert word in page


def test_consent_by_a_member_needs_way_place_and_day() -> None:
    workspace = make_workspace()
    (person,), client = make_people(workspace, 1), signed_in(workspace, "agent")
    wrong_values = (
        {"statement": "ya"},
        {"agreed_on": "2999-01-01"},
        {"agreed_on": "1999-01-01"},
        {"purpose": "all"},
        {"place": "x"},
    )
    for wrong in wrong_values:
        response = client.post(f"/contacts/{person}/consent/grant/", {**YES, **wrong})
        assert response.status_code == 422, wrong
        assert not ConsentEvent.objects.exists(), wrong


def test_member_cannot_undo_a_stop() -> None:
    workspace = make_workspace()
    services.create_defaults(workspace=workspace)
    (person,) = make_people(workspace, 1)
    say_stop(workspace, [person])
    client = signed_in(workspace)
    assert "JOIN" in client.get(f"/contacts/{person}/consent/grant/").content.decode()
    assert client.post(f"/contacts/{person}/consent/grant/", YES).status_code == 422
    assert not queries.consent_of(workspace, person).allowed


def test_withdrawal_entered_by_a_member() -> None:
    workspace = make_workspace()
    (person,) = make_people(workspace, 1)
    give_consent(workspace, [person])
    client = signed_in(workspace, "agent")
    assert client.get(f"/contacts/{person}/consent/withdraw/").status_code == 200
    client.post(f"/contacts/{person}/consent/withdraw/", {"purpose": "marketing", "place": "phone", "statement": ""})
    assert queries.consent_of(workspace, person).state == "withdrawn"
    assert ConsentEvent.objects.get(seq=2).evidence == {"place": "phone"}


def test_proof_has_words_for_all_evidence() -> None:
    """Evidence of an entry point, of a word in a chat, and of a switch at the vendor."""
    workspace = make_workspace()
    (person,) = make_people(workspace, 1)
    evidence = {
        "message": 7, "channel": 1, "text": "IKUT A1B2", "entry_point": 2, "placement": 2, "form": True, "offer": 3,
        "told_by": "cloud", "detail": "x", "raw_event": 9,
    }  # fmt: skip
    statement = services.ConsentStatement(Purpose.MARKETING, "entry_point", evidence=evidence)
    services.grant(workspace=workspace, contact_ids=[person], statement=statement)
    page = signed_in(workspace).get(f"/contacts/{person}/consent/").content.decode()
    labels = re.findall(r"<dt>(.*?)</dt>", page)
    assert not {*evidence} & {*labels}
    values = re.findall(r"<dd>(.*?)</dd>", page)
    gone = {f"sudah dihapus (dulu bernomor {number})" for number in (7, 1, 2, 3, 9)}
    assert gone | {"IKUT A1B2", "Ya"} <= {*values}
    assert "True" not in values


def test_proof_names_what_its_evidence_refers_to() -> None:
    workspace = make_workspace()
    person, other = make_people(workspace, 2)
    channel = make_channel(workspace, name="WA Kasir")
    foreign = make_channel(make_workspace("Sebelah"), name="WA Sebelah")
    Contact.objects.filter(pk=other).update(name="Bu Ratna")
    for evidence in ({"channel": channel.pk, "contact": other}, {"channel": foreign.pk}):
        statement = services.ConsentStatement(Purpose.MARKETING, "merge", evidence=evidence)
        services.grant(workspace=workspace, contact_ids=[person], statement=statement)
        services.withdraw(workspace=workspace, contact_ids=[person], statement=statement)
    page = signed_in(workspace).get(f"/contacts/{person}/consent/").content.decode()
    assert "<dd>WA Kasir</dd>" in page
    assert "<dd>Bu Ratna</dd>" in page
    assert "WA Sebelah" not in page


def test_contact_with_a_doubt_is_not_shown_as_opted_in() -> None:
    workspace = make_workspace()
    (person,) = make_people(workspace, 1)
    give_consent(workspace, [person])
    client = signed_in(workspace)
    assert "Bisa dikirimi pesan" in client.get(f"/contacts/{person}/").content.decode()
    services.hold_for_doubt(workspace=workspace, contact_id=person, evidence={"text": "ganggu"}, at=clock.now())
    page = client.get(f"/contacts/{person}/").content.decode()
    assert "Bisa dikirimi pesan" not in page
    assert "Perlu dicek: mungkin berhenti" in page


def test_viewer_sees_the_proof_and_cannot_write() -> None:
    workspace = make_workspace()
    (person,) = make_people(workspace, 1)
    client = signed_in(workspace, "viewer")
    page = client.get(f"/contacts/{person}/consent/").content.decode()
    assert "/consent/grant/" not in page
    for path in (f"/contacts/{person}/consent/grant/", f"/contacts/{person}/consent/withdraw/", "/settings/keywords/"):
        assert client.get(path).status_code == 403
        assert client.post(path, YES).status_code == 403


def test_contact_of_another_workspace_is_not_found() -> None:
    (stranger,) = make_people(make_workspace("Lain"), 1)
    client = signed_in(make_workspace())
    for page in ("", "grant/", "withdraw/"):
        assert client.get(f"/contacts/{stranger}/consent/{page}").status_code == 404
        if page:
            assert client.post(f"/contacts/{stranger}/consent/{page}", YES).status_code == 404
    assert not ConsentEvent.objects.exists()


def test_proof_of_an_erased_contact_stays_without_the_person() -> None:
    workspace = make_workspace()
    (person,) = make_people(workspace, 1)
    give_consent(workspace, [person])
    Contact.objects.filter(pk=person).update(name="", erased_at="2026-11-20T00:00Z")
    client = signed_in(workspace)
    page = client.get(f"/contacts/{person}/consent/")
    assert page.status_code == 200
    assert "Kontak yang dihapus" in page.content.decode()
    assert client.get(f"/contacts/{person}/consent/grant/").status_code == 404


def test_what_people_typed_is_escaped_in_the_proof() -> None:
    workspace = make_workspace("<b>Toko</b>")
    (person,) = make_people(workspace, 1)
    Contact.objects.filter(pk=person).update(name="<script>alert(1)</script>")
    bad = "<img src=x onerror=alert(2)>"
    wording = services.add_wording(workspace=workspace, purpose=Purpose.MARKETING, text=bad)
    services.grant(
        workspace=workspace,
        contact_ids=[person],
        statement=services.ConsentStatement(
            Purpose.MARKETING, bad[:40], evidence={bad: bad, "nested": {bad: [bad]}}, wording=wording
        ),
    )
    page = signed_in(workspace).get(f"/contacts/{person}/consent/").content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "<b>Toko" not in page


def test_number_of_queries_does_not_grow_with_the_entries() -> None:
    workspace = make_workspace()
    (person,) = make_people(workspace, 1)
    client = signed_in(workspace)
    counts = []
    for _entry in range(3):
        client.post(f"/contacts/{person}/consent/grant/", YES)
        client.get(f"/contacts/{person}/consent/")
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/contacts/{person}/consent/")
        counts.append(len(captured))
    assert counts[0] == counts[2]


def test_words_are_added_and_removed() -> None:
    workspace = make_workspace()
    services.create_defaults(workspace=workspace)
    client = signed_in(workspace, "manager")
    client.post("/settings/keywords/", {"action": "stop", "stop-word": "  Udahan   dong! "})
    word = Keyword.objects.get(normalised="udahan dong")
    assert (word.word, word.action) == ("UDAHAN DONG!", "stop")
    assert queries.match_keyword(workspace, "udahan, dong") == "stop"
    client.post(f"/settings/keywords/{word.pk}/remove/")
    assert queries.match_keyword(workspace, "udahan dong") is None


def test_invalid_words_are_refused() -> None:
    workspace = make_workspace()
    services.create_defaults(workspace=workspace)
    before, client = Keyword.objects.count(), signed_in(workspace)
    cases = (
        ("stop", "s.t.o.p", "sudah ada"),
        ("stop", "gabung!", "kata gabung"),
        ("start", "Berhenti.", "kata berhenti"),
        ("start", "STOP", "selalu berarti berhenti"),
        ("stop", "!!! 🙏", "huruf atau angka"),
        ("stop", "", "wb-error"),
        ("stop", "x" * 61, "wb-error"),
    )
    for action, word, says in cases:
        response = client.post("/settings/keywords/", {"action": action, f"{action}-word": word})
        assert response.status_code == 422, word
        assert says in response.content.decode(), word
        assert Keyword.objects.count() == before, word


def test_stop_itself_and_the_last_join_word_stay() -> None:
    workspace = make_workspace()
    services.create_defaults(workspace=workspace)
    client = signed_in(workspace)
    for word in Keyword.objects.filter(workspace=workspace):
        with suppress(DomainError):
            services.remove_keyword(workspace=workspace, keyword=word)
    for word in Keyword.objects.filter(workspace=workspace):
        client.post(f"/settings/keywords/{word.pk}/remove/")
    left = set(Keyword.objects.values_list("action", "normalised"))
    assert ("stop", "stop") in left
    assert sorted(action for action, _word in left) == ["start", "stop"]


def test_trying_a_message_and_unknown_actions() -> None:
    workspace = make_workspace("Gaya Nusantara")
    services.create_defaults(workspace=workspace)
    client = signed_in(workspace)
    assert "Gabung promo" in client.get("/settings/keywords/", {"try": "join gaya nusantara"}).content.decode()
    assert "Pesan biasa" in client.get("/settings/keywords/", {"try": "<b>hai</b>"}).content.decode()
    assert client.post("/settings/keywords/", {"action": "king"}).status_code == 302


def test_word_of_another_workspace_is_not_found() -> None:
    other = make_workspace("Lain")
    services.create_defaults(workspace=other)
    word = Keyword.objects.filter(action="stop").exclude(normalised="stop")[0]
    assert signed_in(make_workspace()).post(f"/settings/keywords/{word.pk}/remove/").status_code == 404
    assert Keyword.objects.filter(pk=word.pk).exists()


def test_new_wording_is_a_new_version() -> None:
    workspace = make_workspace("Gaya <Nusantara>")
    services.create_defaults(workspace=workspace)
    client = signed_in(workspace, "manager")
    text = queries.current_wording(workspace).text  # type: ignore[union-attr]
    assert "Gaya <Nusantara>" in text
    assert text.startswith("Saya setuju")
    client.post("/settings/wordings/", {"purpose": "marketing", "text": text})
    assert Wording.objects.count() == 1
    client.post("/settings/wordings/", {"purpose": "marketing", "text": "Saya mau promo", "wording_anyway": "1"})
    assert [w.version for w in queries.wordings(workspace)] == [2, 1]
    assert client.post("/settings/wordings/", {"purpose": "marketing", "text": "  "}).status_code == 422
    assert client.post("/settings/wordings/", {"purpose": "marketing", "text": "x" * 1001}).status_code == 422
    assert "Gaya &lt;Nusantara&gt;" in client.get("/settings/wordings/").content.decode()


def test_marks_and_filters_agree() -> None:
    """Every contact has one mark, is found with that mark's filter only, and gets promotions only when opted in."""
    workspace = make_workspace()
    said = {None: lambda one: None, "granted": lambda one: give_consent(workspace, [one]),
            "withdrawn": lambda one: say_stop(workspace, [one])}  # fmt: skip
    people = make_people(workspace, 24)
    facts = product(said, (False, True), (False, True), (False, True))
    for person, (state, suppressed, doubted, restricted) in zip(people, facts, strict=True):
        said[state](person)
        if suppressed:
            (address,) = Identity.objects.filter(contact=person).values("kind", "value")
            Suppression.objects.get_or_create(workspace=workspace, **address)
        if doubted:
            services.hold_for_doubt(workspace=workspace, contact_id=person, evidence={"text": "stop?"}, at=clock.now())
        if restricted:
            services.restrict(workspace=workspace, contact_id=person)
    marks = panels.marks(workspace, people)
    found: dict[int, list[str]] = {person: [] for person in people}
    for key, condition in [(key, sql) for key, (_label, sql) in panels.FILTERS.items()]:
        for person in _where(workspace, condition):
            found[person].append(key)
    tones = {"good": "granted", "bad": "withdrawn", "neutral": "none", "warning": "doubt", "info": "restricted"}
    assert found == {person: [tones[tone]] for person, (_word, tone) in marks.items()}
    assert set(_where(workspace, f"{queries.MARKETING_REFUSAL_SQL} IS NULL")) == set(
        _where(workspace, queries.MARKETING_ALLOWED_SQL)
    )
    counted = Counter(tone for _word, tone in marks.values())
    assert counted == {"good": 1, "warning": 1, "neutral": 2, "bad": 8, "info": 12}
    statuses = queries.statuses(workspace, people)
    assert {person for person in people if statuses[person].allowed} == set(
        _where(workspace, queries.MARKETING_ALLOWED_SQL)
    )


def _where(workspace: Workspace, condition: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.id FROM contacts_contact c WHERE c.workspace_id = %(workspace)s AND {condition}",
            {"workspace": workspace.pk},
        )
        return [row[0] for row in cursor]


def test_a_possible_stop_shows_in_the_list_and_on_the_contact_page() -> None:
    workspace = make_workspace()
    asking, agreed = make_people(workspace, 2)
    give_consent(workspace, [asking, agreed])
    services.hold_for_doubt(workspace=workspace, contact_id=asking, evidence={"text": "stop dulu"}, at=clock.now())
    client = signed_in(workspace)
    mark = "Perlu dicek: mungkin berhenti"
    assert mark in client.get(f"/contacts/{asking}/").content.decode()
    assert mark in client.get(f"/contacts/{asking}/consent/").content.decode()
    assert mark not in client.get(f"/contacts/{agreed}/").content.decode()
    page = client.get("/contacts/", {"consent": "doubt"}).content.decode()
    assert f"/contacts/{asking}/" in page
    assert f"/contacts/{agreed}/" not in page


def test_head_of_the_contact_page_links_to_the_proof() -> None:
    workspace = make_workspace()
    (person,) = make_people(workspace, 1)
    give_consent(workspace, [person])
    page = signed_in(workspace).get(f"/contacts/{person}/")
    assert page.status_code == 200
    assert f"/contacts/{person}/consent/" in page.content.decode()
    assert "Mengisi formulir" in page.content.decode()


def test_timeline_shows_purpose_and_source() -> None:
    workspace = make_workspace()
    people = make_people(workspace, 1)
    services.grant(workspace=workspace, contact_ids=people, statement=services.ConsentStatement("service", "member"))
    services.withdraw(
        workspace=workspace, contact_ids=people, statement=services.ConsentStatement("marketing", "stop_word")
    )
    told = describe_events(list(Event.objects.filter(kind__startswith="consent_").order_by("id")))
    assert [(one.title, one.line) for one in told] == [
        ("Setuju", "Layanan · Dicatat oleh tim"),
        ("Berhenti", "Promo · Menulis kata berhenti"),
    ]


def test_head_of_a_stopped_contact_does_not_promise_promotions() -> None:
    shop = make_workspace()
    owner, contact = signed_in(shop), make_contact(shop, "Ayu")
    page = owner.get(f"/contacts/{contact.pk}/").content.decode()
    assert "Bisa dikirimi pesan" in page
    services.withdraw(
        workspace=shop, contact_ids=[contact.pk], statement=services.ConsentStatement("marketing", "member")
    )
    page = owner.get(f"/contacts/{contact.pk}/").content.decode()
    assert "Sudah berhenti" in page
    assert "Bisa dikirimi pesan" not in page
    assert "Hanya balasan" in page


def test_proof_holds_no_name_and_no_number() -> None:
    workspace = make_workspace()
    contact, client = make_contact(workspace, "Ratnasari Wulan"), signed_in(workspace)
    cases = (
        ("Ditanya di kasir, dia mau promo", True),
        ("Setuju waktu beli 3 kaos seharga 150.000", True),
        ("Bu Ratnasari bilang ya di kasir", False),
        ("ratnasari wulan setuju di pameran", False),
        ("Nomornya 0812-3456-7890, sudah setuju", False),
    )
    for page, (statement, is_kept) in product(("grant", "withdraw"), cases):
        before = ConsentEvent.objects.count()
        answers = {"purpose": "marketing", "place": "shop", "agreed_on": "2026-11-01", "statement": statement}
        answer = client.post(reverse(f"consent:{page}", args=[contact.pk]), answers)
        assert (answer.status_code == 302) == is_kept, (page, statement)
        assert ConsentEvent.objects.count() - before == is_kept, (page, statement)
        assert is_kept or statement in answer.content.decode(), (page, statement)
