"""The webhook step: one call per person, with the same key in each attempt, to public addresses only."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from wabolt.consent.services import lift_restriction, restrict
from wabolt.contacts.models import Disclosure
from wabolt.journeys.models import Enrollment
from wabolt.journeys.rules.definition import Wait, Webhook
from wabolt.journeys.services import Entrant, advance_due, call_webhook, enroll
from wabolt.journeys.services.webhooks import WebhookFailedError
from wabolt.journeys.tests.factories import make_journey
from wabolt.lib.jobs import AFTER_OTHERS

pytestmark = pytest.mark.django_db


@pytest.fixture
def peer(socket_enabled):
    """A server that fails once. `peer.calls`: [(key, body)]."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.calls.append((self.headers["Idempotency-Key"], body))
            self.send_response(500 if len(server.calls) == 1 else 204)
            self.end_headers()

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.calls = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def arrived(workspace, contact, address):
    """A person who has passed the webhook step. Returns the arguments of the job."""
    journey = make_journey(workspace, Webhook("h1", address), Wait("w1"))
    enroll(journey=journey, entrants=[Entrant(contact.pk, "7")])
    advance_due()
    row = Enrollment.objects.get()
    assert row.step.key == "w1"
    return {"enrollment_id": row.pk, "step_id": journey.steps.get(key="h1").pk, "visit": 1}


def test_a_failed_call_is_tried_again_with_the_same_key(workspace, contact, peer, settings):
    settings.PRIVATE_PEERS = True
    job = arrived(workspace, contact, f"http://127.0.0.1:{peer.server_port}/hook")
    with pytest.raises(WebhookFailedError):
        call_webhook(**job)
    call_webhook(**job)
    (key, body), again = peer.calls
    assert again == (key, body)
    assert key == f"journey:{job['enrollment_id']}:{job['step_id']}:1"
    assert (body["contact"], body["step"], body["entry_key"]) == (contact.pk, "h1", "7")


def test_calls_wait_for_other_work(workspace, contact, peer):
    """Each person is one call: those of one shop must not hold up the messages of all shops."""
    arrived(workspace, contact, f"http://127.0.0.1:{peer.server_port}/hook")
    assert [job.priority for job in ProcrastinateJob.objects.filter(task_name="journeys.webhook")] == [AFTER_OTHERS]


def test_an_address_in_a_private_network_is_not_called(workspace, contact, peer):
    call_webhook(**arrived(workspace, contact, f"http://127.0.0.1:{peer.server_port}/hook"))
    assert not peer.calls


def test_a_person_whose_data_may_not_be_used_goes_to_no_address(workspace, contact, peer, settings):
    settings.PRIVATE_PEERS = True
    job = arrived(workspace, contact, f"http://127.0.0.1:{peer.server_port}/hook")
    restrict(workspace=workspace, contact_id=contact.pk)
    call_webhook(**job)
    assert not peer.calls
    assert not Disclosure.objects.exists()
    lift_restriction(workspace=workspace, contact_id=contact.pk)
    with pytest.raises(WebhookFailedError):  # the first answer of the peer
        call_webhook(**job)
    assert Disclosure.objects.get().contact == contact
