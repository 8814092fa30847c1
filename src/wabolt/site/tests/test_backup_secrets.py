"""A backup reveals no live secret: not the file, and not what is unpacked from it with the recovery key."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from wabolt.site.backup import archive, encryption, make_backup
from wabolt.site.backup.contents import LEFT_OUT, SEALED
from wabolt.site.tests.shops import Shop, unpacked
from wabolt.site.tests.test_restore_erasure_lists import new_machine, restore

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quick_python")]

SEED = """
import json
from datetime import timedelta
from allauth.mfa.models import Authenticator
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from wabolt.accounts.models import ApiKey, Invitation, SignInLink, User, Workspace
from wabolt.channels.models import Channel, CloudAccount, LinkedNumber
from wabolt.lib import clock
shop, owner = Workspace.objects.get(), User.objects.get()
session = SessionStore()
session["mark"] = "SECRET-in-a-session"
session.create()
cache.set("sign-in", "SECRET-in-the-cache")
soon = clock.now() + timedelta(days=1)
SignInLink.objects.create(user=owner, digest="SECRET-digest-of-a-sign-in-link", expires_at=soon)
Invitation.objects.create(workspace=shop, name="Sari", role="agent", digest="SECRET-digest-of-an-invitation",
                          expires_at=soon)
ApiKey.objects.create(workspace=shop, name="Kasir", prefix="wb_1", digest="SECRET-digest-of-an-api-key")
Authenticator.objects.create(user=owner, type="totp", data={"secret": "SECRET-of-totp"})
Authenticator.objects.create(user=owner, type="recovery_codes", data={"seed": "SECRET-seed-of-codes", "used_mask": 0})
cloud = Channel.objects.create(workspace=shop, provider="cloud", name="Meta")
CloudAccount.objects.create(channel=cloud, phone_number_id="1", waba_id="2", sealed_token="SECRET-sealed-token",
                            sealed_app_secret="SECRET-sealed-app", sealed_verify_token="SECRET-sealed-verify")
linked = Channel.objects.create(workspace=shop, provider="linked", name="Tertaut", state="connected")
LinkedNumber.objects.create(channel=linked, jid="628111:7@s.whatsapp.net", stage="qr", secret="SECRET-text-of-a-qr")
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("CREATE SCHEMA whatsmeow")
    cursor.execute("CREATE TABLE whatsmeow.whatsmeow_device (jid text PRIMARY KEY, key text)")
    cursor.execute("INSERT INTO whatsmeow.whatsmeow_device VALUES ('628111:7@s.whatsapp.net', 'SECRET-session-key')")
print(json.dumps([session.session_key, owner.password]))
"""


@pytest.fixture(scope="module")
def secrets(installation: Shop) -> list[bytes]:
    """Makes a backup of a shop with every kind of secret, and returns the secrets."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WABOLT_HOME", str(installation.home))
        patch.delenv("DATABASE_URL", raising=False)
        session_key, password = json.loads(installation.run(SEED))
        make_backup(installation.home / "secrets.wabolt")
    keys = [(installation.home / name).read_text() for name in ("secret-key", "secrets-key", "erasure-key")]
    return [b"SECRET", *(text.encode() for text in (session_key, password, *keys))]


def test_unpacked_backup_holds_no_live_secret(shop: Shop, secrets: list[bytes]) -> None:
    """Searches every member as raw bytes. `keys.age` is a member too, and encrypted."""
    with zipfile.ZipFile(io.BytesIO(unpacked(shop.home / "secrets.wabolt", shop.key))) as file:
        members = {name: file.read(name) for name in file.namelist()}
    assert b"Tertaut" in members[archive.member("channels_channel")]  # proves that the search can find text
    found = [(name, secret) for name, content in members.items() for secret in secrets if secret in content]
    assert found == []
    names = {Path(name).stem for name in members}
    assert not names & (LEFT_OUT | SEALED)


def test_file_holds_nothing_in_plain_text(shop: Shop, secrets: list[bytes]) -> None:
    content = (shop.home / "secrets.wabolt").read_bytes()
    for text in (*secrets, b"Tertaut", b"ibu@toko.id", b"contacts_contact", b"manifest", b"SELECT", b"PK\x03\x04"):
        assert text not in content


def test_sealed_part_opens_with_the_recovery_key_alone(shop: Shop, secrets: list[bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(unpacked(shop.home / "secrets.wabolt", shop.key))) as file:
        sealed = encryption.decrypted_bytes(file.read(archive.KEYS), shop.key)
    with archive.open_sealed(sealed) as inner:
        content = b"".join(inner.read(name) for name in inner.namelist())
    for text in (b"SECRET-of-totp", b"SECRET-sealed-token", *secrets[2:]):
        assert text in content
    for text in (b"SECRET-in-a-session", b"SECRET-in-the-cache", b"SECRET-session-key", b"SECRET-digest-of-a-sign"):
        assert text not in content


def test_file_and_key_alone_rebuild_the_shop_with_one_command(
    shop: Shop, secrets: list[bytes], open_folder: Path
) -> None:
    """The file came on a USB disk; the key is on a slip of paper, here in a file. On the empty machine, people sign in
    as before and link their numbers again."""
    other = open_folder / "wabolt"
    done = restore(other, shop, str(shop.home / "secrets.wabolt"), "--yes")
    assert done.returncode == 0, done.stderr
    assert "Restored." in done.stderr
    with new_machine(other, shop) as rebuilt:
        for table in ("contacts_contact", "broadcasts_broadcast", "accounts_user", "accounts_membership"):
            query = f"SELECT count(*) FROM {table}"
            assert rebuilt.ask(query) == shop.ask(query) != [(0,)], table
        assert rebuilt.ask("SELECT password FROM accounts_user") == [(secrets[2].decode(),)]
        second_factor = "SELECT data->>'secret' FROM mfa_authenticator WHERE type = 'totp'"
        assert rebuilt.ask(second_factor) == [("SECRET-of-totp",)]
        for table in ("django_session", "accounts_signinlink", "accounts_invitation"):
            assert rebuilt.ask(f"SELECT count(*) FROM {table}") == [(0,)]
        number = "SELECT state, jid, secret FROM channels_channel JOIN channels_linkednumber ON channel_id = id"
        assert rebuilt.ask(number) == [("logged_out", "", "")]
        assert rebuilt.ask("SELECT count(*), count(revoked_at) FROM accounts_apikey") == [(1, 1)]
    for name, key in zip(("secret-key", "secrets-key", "erasure-key"), secrets[3:], strict=True):
        assert (other / name).read_bytes() == key
