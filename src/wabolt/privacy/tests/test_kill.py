"""A process is killed with SIGKILL in the middle of an erasure and of a pass of retention."""

import signal
from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.forking import ForkServer

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.models import Contact, ErasedIdentity
from wabolt.contacts.services import add_note
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.messaging.models import Message
from wabolt.privacy.models import DataRequest, RetentionRule, RetentionRun
from wabolt.privacy.services import Asked, confirm_erasure, ensure_settings, open_request
from wabolt.privacy.tests.test_retention import make_message

pytestmark = pytest.mark.slow
WORKER = """
import os, signal, sys
from django.db import connection
from wabolt.privacy import services
from wabolt.privacy.services import retention
retention.BATCH = 20
left = int(sys.argv[2])
def count(execute, sql, params, many, context):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(sql, params, many, context)
with connection.execute_wrapper(count):
    {"erase": services.finish_erasures, "retain": services.run_due}[sys.argv[1]]()
"""


@pytest.fixture
def work(fork_server: ForkServer) -> Callable[..., int]:
    """`work(what, kill_at)` runs the work in a process that kills itself before its statement number `kill_at`, and
    returns its exit code."""

    def run(what: str, kill_at: int = 0) -> int:
        return fork_server.run(WORKER, what, str(kill_at))

    return run


@pytest.fixture
def channel(transactional_db: None) -> Channel:
    channel = make_channel(make_workspace())
    ensure_settings(workspace=channel.workspace)
    return channel


def _asked(workspace: Workspace, owner: User) -> DataRequest:
    contact = make_contact(workspace, "Ayu Lestari")
    add_note(workspace=workspace, contact_id=contact.pk, text="Suka batik")
    request = open_request(workspace=workspace, contact_id=contact.pk, kind="erasure", asked=Asked("staff"))
    return confirm_erasure(request=request, actor=owner)


def test_an_erasure_happens_whole_or_not_at_all(channel: Channel, work: Callable[..., int]) -> None:
    owner = make_member(channel.workspace, "owner")
    request = _asked(channel.workspace, owner)
    DataRequest.objects.update(erase_at=clock.now() - timedelta(minutes=1))
    for kill_at in (6, 17, 30):
        assert work("erase", kill_at) == -signal.SIGKILL
        contact = Contact.objects.get(pk=request.contact_id)
        assert (contact.name, contact.erased_at, contact.notes.count()) == ("Ayu Lestari", None, 1)
        assert not ErasedIdentity.objects.exists()
        request.refresh_from_db()
        assert request.state == "erasing"
    assert work("erase") == 0
    contact.refresh_from_db()
    assert (contact.name, contact.notes.count()) == ("", 0)
    request.refresh_from_db()
    assert request.state == "answered"


def test_a_pass_of_retention_goes_on_after_each_kill(channel: Channel, work: Callable[..., int]) -> None:
    contact = make_contact(channel.workspace)
    old = clock.now() - timedelta(days=900)
    for number in range(100):
        make_message(channel, old, contact=contact, provider_id=f"old-{number}")
    make_message(channel, clock.now(), contact=contact, provider_id="new")
    RetentionRule.objects.create(
        workspace=channel.workspace, key="messages", months=24, created_at=clock.now() - timedelta(days=3)
    )
    counts = []
    for kill_at in (10, 9, 8):
        assert work("retain", kill_at) == -signal.SIGKILL
        run = RetentionRun.objects.get()
        assert Message.objects.filter(text="").count() == run.removed, "the batch and its position commit together"
        counts.append(run.removed)
    assert counts == sorted(counts)
    assert 0 < counts[-1] < 100
    assert work("retain") == 0
    run = RetentionRun.objects.get()
    assert (run.removed, Message.objects.filter(text="").count()) == (100, 100)
    assert run.finished_at is not None
