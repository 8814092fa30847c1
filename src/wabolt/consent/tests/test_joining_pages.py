"""Merging two contacts on a page, undoing it, and possible duplicates."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.cases import each

from wabolt.accounts.models import AuditEntry, Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.consent.queries import consent_of
from wabolt.consent.services import ConsentStatement, grant, withdraw
from wabolt.contacts import queries, services
from wabolt.contacts.models import Contact, Merge
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib.tests.locking import locked

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


def two(workspace: Workspace) -> tuple[Contact, Contact]:
    ayu = make_contact(workspace, "Ayu", phone="+6281100000001", city="Bandung", tags=["vip"])
    other = make_contact(workspace, "Ayu L", phone="+6281100000002", email="ayu@example.com")
    grant(workspace=workspace, contact_ids=[ayu.pk], statement=ConsentStatement("marketing", "form"))
    withdraw(workspace=workspace, contact_ids=[other.pk], statement=ConsentStatement("marketing", "stop_word"))
    return ayu, other


def url(contact: Contact) -> str:
    return reverse("contacts:merge", args=[contact.pk])


def test_owner_searches_previews_and_merges(workspace: Workspace) -> None:
    ayu, other = two(workspace)
    client = signed_in(workspace)
    found = client.get(url(ayu), {"q": "81100000002"}).content.decode()
    assert f"other={other.pk}" in found
    assert f"other={ayu.pk}" not in client.get(url(ayu), {"q": "Ayu"}).content.decode()
    page = client.get(url(ayu), {"other": other.pk}).content.decode()
    for words in ("Bandung", "ayu@example.com", "vip", "Sudah berhenti"):
        assert words in page
    after = client.post(url(ayu), {"other": other.pk}, follow=True).content.decode()
    assert "Ayu L" in after
    assert "Batalkan" in after
    assert not consent_of(workspace, ayu.pk).allowed, "a stop of either wins"
    assert AuditEntry.objects.get(action="contact.merge").data["contact"] == other.pk


def test_merge_page_formats_values_as_other_pages_do(workspace: Workspace) -> None:
    ayu, other = two(workspace)
    Contact.objects.filter(pk=ayu.pk).update(gender="female", birth_date=date(1969, 9, 17))
    page = signed_in(workspace).get(url(ayu), {"other": other.pk}).content.decode()
    assert "<dd>Perempuan</dd>" in page
    assert "<dd>17 Sep 1969</dd>" in page


def test_merge_can_be_undone(workspace: Workspace) -> None:
    ayu, other = two(workspace)
    client = signed_in(workspace)
    client.post(url(ayu), {"other": other.pk})
    undo = reverse("contacts:merge_undo", args=[Merge.objects.get().pk])
    page = client.get(undo).content.decode()
    assert "+62 811-0000-0002" in page
    assert "ayu@example.com" in page
    client.post(undo)
    assert queries.find_by_identity(workspace, "phone", "+6281100000002") == other
    assert AuditEntry.objects.filter(action="contact.part").exists()
    assert client.get(undo).status_code == 404
    assert client.post(undo).status_code == 404


def test_undo_of_a_nested_merge_names_the_merge_to_undo_first(workspace: Workspace) -> None:
    ayu, other = two(workspace)
    third = make_contact(workspace, "Ayu lagi")
    first = services.merge_contacts(workspace=workspace, keep_id=ayu.pk, absorb_id=other.pk, reason="member")
    services.merge_contacts(workspace=workspace, keep_id=third.pk, absorb_id=ayu.pk, reason="member")
    signed_in(workspace).post(reverse("contacts:merge_undo", args=[first.pk]))
    assert Merge.objects.filter(undone_at=None).count() == 2
    kinds = [event.kind for event in queries.timeline(workspace, third).events]
    assert kinds.count("contact_created") == 3, "what happened to all three is on one timeline"


def test_erasing_the_kept_contact_erases_all_merged_contacts(workspace: Workspace) -> None:
    ayu, other = two(workspace)
    third = make_contact(workspace, "Ayu lagi")
    services.merge_contacts(workspace=workspace, keep_id=ayu.pk, absorb_id=other.pk, reason="member")
    services.merge_contacts(workspace=workspace, keep_id=third.pk, absorb_id=ayu.pk, reason="member")
    services.erase_contacts(workspace=workspace, ids=[third.pk])
    assert not Merge.objects.exclude(before={}).exists()


@each("other", ["", "x", "-1", "99999999", "9" * 30, "0"], undone=True)
def test_missing_second_contact_is_not_found(workspace: Workspace, other: str) -> None:
    ayu, _ = two(workspace)
    assert signed_in(workspace).post(url(ayu), {"other": other}).status_code in ({200} if not other else {404})
    assert not Merge.objects.exists()


def test_contact_is_not_merged_with_itself_or_across_shops(workspace: Workspace) -> None:
    ayu, _ = two(workspace)
    theirs = make_contact(make_workspace("Lain"))
    client = signed_in(workspace)
    for other in (ayu, theirs):
        assert client.post(url(ayu), {"other": other.pk}).status_code == 404


def test_two_ticked_contacts_open_the_merge_page(workspace: Workspace) -> None:
    ayu, other = two(workspace)
    client = signed_in(workspace)
    answer = client.post(reverse("contacts:bulk"), {"action": "merge", "ids": [other.pk, ayu.pk]})
    assert answer["Location"] == f"{url(ayu)}?other={other.pk}"
    answer = client.post(reverse("contacts:bulk"), {"action": "merge", "ids": [ayu.pk]})
    assert answer["Location"].startswith(reverse("contacts:list"))


def test_viewer_cannot_merge(workspace: Workspace) -> None:
    ayu, other = two(workspace)
    assert signed_in(workspace, "viewer").post(url(ayu), {"other": other.pk}).status_code == 403


class TestDuplicates:
    def test_same_mail_or_same_name_and_birthday(self, workspace: Workspace) -> None:
        born = date(1991, 4, 8)
        one = make_contact(workspace, "AYU Lestari", birth_date=born)
        make_contact(workspace, "Ayu Lestari")
        two = make_contact(workspace, "Ayu Lestari", birth_date=born, email="Ayu@example.com")
        three = make_contact(workspace, "A. Lestari", email="ayu@example.com")
        make_contact(make_workspace("Lain"), "Ayu Lestari", birth_date=born)
        pairs = queries.duplicates(workspace).pairs
        assert [(p.first, p.second, p.signs) for p in pairs] == [
            (one, two, ("birthday",)), (two, three, ("email",))
        ]  # fmt: skip

    def test_pair_disappears_when_it_is_dismissed_or_merged(self, workspace: Workspace) -> None:
        people = [make_contact(workspace, f"P{n}", email="toko@example.com") for n in range(3)]
        client, page = signed_in(workspace), reverse("contacts:duplicates")
        assert len(queries.duplicates(workspace).pairs) == 3
        client.post(page, {"first": people[1].pk, "second": people[0].pk}, follow=True)
        assert len(queries.duplicates(workspace).pairs) == 2
        services.merge_contacts(workspace=workspace, keep_id=people[1].pk, absorb_id=people[2].pk, reason="member")
        assert queries.duplicates(workspace).pairs == []
        assert "sepertinya" in client.get(page).content.decode().lower()

    def test_next_page_begins_after_the_previous_one(self, workspace: Workspace) -> None:
        for n in range(5):
            for name in ("A", "B"):
                make_contact(workspace, name, email=f"m{n}@example.com")
        pairs, after = [], ""
        while True:
            page = queries.duplicates(workspace, after=after, limit=2)
            pairs += [pair.first.pk for pair in page.pairs]
            if not (after := page.next):
                break
        assert len(pairs) == len(set(pairs)) == 5

    def test_a_long_search_is_fetched_after_the_page(self, workspace: Workspace) -> None:
        client, url = signed_in(workspace), reverse("contacts:duplicates")
        for name in ("Ayu Satu", "Ayu Dua"):
            make_contact(workspace, name, email="toko@example.com")
        with locked("contacts_knowndifferent"):
            page = client.get(url, {"after": "0_0"}).content.decode()
        assert 'hx-get="?after=0_0&amp;whole=1"' in page
        assert "Ayu Satu" not in page
        part = client.get(url, {"whole": "1"}, headers={"HX-Request": "true", "HX-Target": "pairs"}).content.decode()
        assert "Ayu Satu" in part
        assert "<html" not in part

    @pytest.mark.parametrize("after", ["x", "1", "_", "9" * 30 + "_1", "1_2_3", "²_1"])
    def test_an_invalid_position_shows_the_first_page(self, workspace: Workspace, after: str) -> None:
        assert signed_in(workspace).get(reverse("contacts:duplicates"), {"after": after}).status_code == 200

    def test_number_of_queries_does_not_grow_with_the_pairs(self, workspace: Workspace) -> None:
        client, counts = signed_in(workspace), []
        for n in range(3):
            for name in ("A", "B"):
                make_contact(workspace, name, email=f"m{n}@example.com")
            with CaptureQueriesContext(connection) as asked:
                client.get(reverse("contacts:duplicates"))
            counts.append(len(asked))
        assert counts[0] == counts[2]
