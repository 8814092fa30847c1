"""Birthdays without a year: read from files, shown, exported, and found by segments."""

from datetime import date

import pytest
from django.urls import reverse
from tests.cases import each

from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.contacts.models import Contact
from wabolt.contacts.services.exports import export_contacts
from wabolt.contacts.services.noting import SelfStatement, note_statements
from wabolt.contacts.services.reading import readers
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib.birthdays import NO_YEAR


@each("text", ["17 Agustus", "17 Agu", "17/08", "17-08", "--0817", "--08-17", "1604-08-17"])
def test_a_file_may_leave_the_year_out(text: str) -> None:
    read = readers([], day_first=True, today=date(2026, 11, 29))["birth_date"]
    assert read(text) == date(NO_YEAR, 8, 17)


@pytest.mark.django_db
def test_the_sign_for_no_year_is_never_shown() -> None:
    workspace = make_workspace()
    contact = make_contact(workspace, "Ayu", birth_date=date(NO_YEAR, 2, 29))
    owner = signed_in(workspace)
    for address in ("contacts:detail", "contacts:edit"):
        shown = owner.get(reverse(address, args=[contact.pk])).content.decode()
        assert "29" in shown
        assert str(NO_YEAR) not in shown
    exported = b"".join(export_contacts(workspace, [[contact.pk]], "csv")).decode()
    assert "29 Feb" in exported
    assert str(NO_YEAR) not in exported


@pytest.mark.django_db
def test_a_member_edits_a_birthday_without_a_year() -> None:
    workspace = make_workspace()
    contact = make_contact(workspace, "Ayu", birth_date=date(NO_YEAR, 2, 29))
    given = {"name": "Ayu", "birth_date_day": "1", "birth_date_month": "3"}
    assert signed_in(workspace).post(reverse("contacts:edit", args=[contact.pk]), given).status_code == 302
    assert Contact.objects.get().birth_date == date(NO_YEAR, 3, 1)


@pytest.mark.django_db
@each(("known", "kept"), [(date(1994, 2, 14), date(1994, 2, 14)), (None, date(NO_YEAR, 2, 14))], undone=True)
def test_a_form_without_the_year_keeps_the_known_year(known: date | None, kept: date) -> None:
    contact = make_contact(make_workspace(), "Ayu", birth_date=known)
    told = SelfStatement(columns={"birth_date": f"{NO_YEAR}-02-14"})
    note_statements(workspace=contact.workspace, statements={contact.pk: told})
    assert Contact.objects.get().birth_date == kept


@pytest.mark.django_db
@each(("from_whatsapp", "kept"), [("Ayu 🌸", "Ayu Lestari"), ("", "Ayu 🌸")], undone=True)
def test_the_name_in_a_form_replaces_the_one_of_whatsapp_only(from_whatsapp: str, kept: str) -> None:
    contact = make_contact(make_workspace(), "Ayu 🌸")
    Contact.objects.update(whatsapp_name=from_whatsapp)
    told = SelfStatement(columns={"name": "Ayu Lestari"})
    note_statements(workspace=contact.workspace, statements={contact.pk: told})
    assert Contact.objects.get().name == kept
