"""After a restore of an older backup, an erased person stays erased, and a request about personal data stays open."""

from pathlib import Path

import pytest

from wabolt.site.backup import make_backup, restore_backup
from wabolt.site.tests.shops import Shop

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quick_python")]

PEOPLE = """
from wabolt.accounts.models import Workspace
from wabolt.contacts.services import create_contact
for name, phone in (("Wulandari Unik", "+6281234567890"), ("Tanpa Nomor Unik", None), ("Tetap", "+6281234567891")):
    create_contact(workspace=Workspace.objects.get(), name=name, phone=phone)
"""
ERASE = """
from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact
from wabolt.contacts.services import erase_contacts
ids = list(Contact.objects.filter(name__endswith="Unik").values_list("pk", flat=True))
assert erase_contacts(workspace=Workspace.objects.get(), ids=ids) == 2
"""


GUEST = """
from wabolt.accounts.models import Workspace
from wabolt.contacts.services import create_contact
create_contact(workspace=Workspace.objects.get(), name="Tamu", phone="+6281234567899")
"""
ASK = """
from wabolt.accounts.models import Workspace
from wabolt.consent.services import restrict
from wabolt.contacts.models import Contact
from wabolt.privacy.services import Asked, note_on_request, open_request
workspace, person = Workspace.objects.get(), Contact.objects.get(name="Tamu")
request = open_request(workspace=workspace, contact_id=person.pk, kind="access", asked=Asked("staff", details="semua"))
note_on_request(request=request, text="ditelepon", actor=None)
restrict(workspace=workspace, contact_id=person.pk)
"""


def test_erasure_requests_and_restrictions_after_the_backup_survive_the_restore(shop: Shop, tmp_path: Path) -> None:
    shop.run(PEOPLE + GUEST)
    make_backup(tmp_path / "before.wabolt")
    shop.run(ERASE + ASK)
    log = shop.ask("SELECT kind, digest FROM contacts_erasedidentity")
    assert len(log) == 1
    opened = shop.ask("SELECT opened_at FROM privacy_datarequest")
    assert len(opened) == 1
    restore_backup(tmp_path / "before.wabolt", shop.key)
    assert shop.ask("SELECT name FROM contacts_contact WHERE name <> '' ORDER BY 1") == [("Tamu",), ("Tetap",)]
    values = [("+6281234567891",), ("+6281234567899",)]
    assert shop.ask("SELECT value FROM contacts_identity ORDER BY 1") == values
    assert shop.ask("SELECT kind, digest FROM contacts_erasedidentity") == log
    assert shop.ask("SELECT opened_at FROM privacy_datarequest") == opened, "the legal clock goes on"
    assert shop.ask("SELECT details FROM privacy_datarequest") == [("semua",)]
    assert shop.ask("SELECT kind FROM privacy_requeststep ORDER BY id") == [("opened",), ("noted",)]
    assert shop.ask("SELECT count(*) FROM consent_restriction") == [(1,)]
