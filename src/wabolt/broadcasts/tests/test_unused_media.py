"""Unused files are deleted; files in use or about to be used stay."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import connection, transaction

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.broadcasts.services import delete_draft
from wabolt.broadcasts.tests.factories import make_broadcast
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.services import erase_contacts
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.media import tasks
from wabolt.media.models import MediaFile
from wabolt.media.purging import UNUSED_FOR, purge_media
from wabolt.media.services import Examined, keep_media
from wabolt.media.tests.factories import PDF_BYTES, make_media
from wabolt.messaging.models import Message
from wabolt.messaging.services import create_content
from wabolt.messaging.tests.factories import make_people, queue_service

LONG_AGO = UNUSED_FOR + timedelta(days=1)


@pytest.fixture
def workspace(db: None) -> Workspace:
    return make_workspace()


def _file(workspace: Workspace, words: str) -> MediaFile:
    """A document. A picture would be decoded in another process."""
    return make_media(workspace, PDF_BYTES + words.encode(), "katalog.pdf")


def _old(workspace: Workspace, words: str) -> MediaFile:
    with clock.hold(clock.now() - LONG_AGO):
        return _file(workspace, words)


def test_only_unused_files_are_deleted(workspace: Workspace) -> None:
    channel = make_channel(workspace)
    used = {
        "draft": _old(workspace, "red"), "content": _old(workspace, "green"), "message": _old(workspace, "blue"),
        "just stored": _file(workspace, "white"),
    }  # fmt: skip
    draft = make_broadcast(workspace, channel, media=used["draft"])
    create_content(workspace=workspace, text="Halo Kak", media=used["content"])
    queue_service(channel, make_people(workspace, 1), media=used["message"])
    _old(workspace, "black")
    tasks.purge()
    assert set(MediaFile.objects.all()) == set(used.values())
    delete_draft(broadcast=draft)
    assert purge_media() == 0, "it was in use a moment ago"
    with clock.hold(clock.now() + LONG_AGO):
        assert purge_media(at_once=1) == 2
    assert set(MediaFile.objects.all()) == {used["content"], used["message"]}


def test_file_uploaded_again_is_recent_again(workspace: Workspace) -> None:
    old = _old(workspace, "red")
    assert _file(workspace, "red") == old
    assert purge_media() == 0
    with clock.hold(clock.now() + LONG_AGO):
        assert purge_media() == 1
        again = _file(workspace, "red")
    assert again.pk != old.pk


def test_erasing_a_person_leaves_the_file_that_a_draft_carries(workspace: Workspace) -> None:
    """The customer sent the shop's own catalogue back: the same bytes are one file."""
    channel = make_channel(workspace)
    [ayu] = make_people(workspace, 1)
    catalogue = make_media(workspace, PDF_BYTES, "katalog.pdf")
    make_broadcast(workspace, channel, media=catalogue)
    photo = keep_media(workspace=workspace, data=b"photo", examined=Examined("image", "image/jpeg"))
    for number, media in enumerate((catalogue, photo)):
        Message.objects.create(
            workspace=workspace, channel=channel, contact=ayu, direction="inbound", state="received",
            origin_kind="contact", media=media, provider_id=f"IN{number}",
        )  # fmt: skip
    erase_contacts(workspace=workspace, ids=[ayu.pk])
    assert list(MediaFile.objects.all()) == [catalogue]


def test_old_form_keeps_its_file_or_gets_an_error(workspace: Workspace) -> None:
    channel = make_channel(workspace)
    old = _old(workspace, "red")
    make_broadcast(workspace, channel, media=old)
    old.refresh_from_db()
    assert clock.now() - old.kept_at < timedelta(minutes=1)
    gone = _file(workspace, "green")
    MediaFile.objects.filter(pk=gone.pk).delete()
    with pytest.raises(DomainError) as refusal:
        make_broadcast(workspace, channel, media=gone)
    assert (refusal.value.code, refusal.value.field) == ("gone", "media")


@pytest.mark.django_db(transaction=True)
def test_file_uploaded_during_the_purge_stays() -> None:
    workspace = make_workspace()
    chosen = _old(workspace, "green")
    begun, go_on = Event(), Event()

    def choose() -> None:
        try:
            with transaction.atomic():
                _file(workspace, "green")
                begun.set()
                assert go_on.wait(10)
        finally:
            begun.set()
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        choosing = pool.submit(choose)
        assert begun.wait(10)
        assert purge_media() == 0, "it passes by what is just being stored, and does not wait"
        go_on.set()
        choosing.result()
    assert purge_media() == 0
    assert list(MediaFile.objects.all()) == [chosen]
