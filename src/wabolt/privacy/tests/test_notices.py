"""After an erasure every address outside that got data of the person is told, by a real peer that may be down first."""

import hmac
import json
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.alerts.models import Alert
from wabolt.contacts import services as contacts
from wabolt.contacts.models import Contact, Disclosure
from wabolt.contacts.services import note_disclosure
from wabolt.contacts.tests.factories import make_contact
from wabolt.journeys.models import Enrollment
from wabolt.journeys.rules.definition import Wait, Webhook
from wabolt.journeys.services import Entrant, advance_due, call_webhook, enroll
from wabolt.journeys.tests.factories import make_journey
from wabolt.lib.clock import HeldClock
from wabolt.lib.webhooks import signature, signing_secret
from wabolt.privacy import queries, services
from wabolt.privacy.models import DataRequest, ErasureNotice
from wabolt.privacy.rules import WAITS
from wabolt.privacy.tests.conftest import Say, person

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Peer(ThreadingHTTPServer):
    """A receiver. `statuses`: of its next answers, then 204. `calls`: (path, headers, body)."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.statuses: list[int] = []
        self.calls: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class _Handler(BaseHTTPRequestHandler):
    server: Peer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((self.path, {key.lower(): value for key, value in self.headers.items()}, body))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 204)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        pass


Start = Callable[..., Peer]


@pytest.fixture
def start(socket_enabled: None, settings: Any) -> Iterator[Start]:
    """Starts a receiver, at a given port or a free one."""
    settings.PRIVATE_PEERS = True
    running: list[tuple[Peer, threading.Thread]] = []

    def run(port: int = 0) -> Peer:
        peer = Peer(port)
        thread = threading.Thread(target=peer.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.append((peer, thread))
        return peer

    yield run
    for peer, thread in running:
        peer.shutdown()
        thread.join()
        peer.server_close()


def told(peer: Peer) -> list[dict[str, Any]]:
    return [json.loads(body) for _path, _headers, body in peer.calls]


def by_journey(workspace: Workspace, contact: Contact, *addresses: str) -> None:
    """A journey posts the person to these addresses, as the job of its step does."""
    steps = [Webhook(f"h{number}", address) for number, address in enumerate(addresses)]
    journey = make_journey(workspace, *steps, Wait("w1"))
    enroll(journey=journey, entrants=[Entrant(contact.pk)])
    advance_due()
    row = Enrollment.objects.get(journey=journey)
    for step in journey.steps.filter(kind="webhook"):
        call_webhook(enrollment_id=row.pk, step_id=step.pk, visit=1)


def test_the_signature_is_that_of_the_specification() -> None:
    """The value was made with the reference library `standardwebhooks` 1.1.0; below it is our own reading."""
    body = b'{"test": 2432232314}'
    made = signature(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    key = b64decode(SECRET.removeprefix("whsec_"))
    signed = b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330." + body
    assert made == "v1," + b64encode(hmac.new(key, signed, sha256).digest()).decode()


@pytest.mark.django_db
def test_each_shop_has_a_secret_of_its_own() -> None:
    one, other = make_workspace(), make_workspace("Lain")
    assert len({signing_secret(one.pk), signing_secret(one.pk), signing_secret(other.pk)}) == 2
    assert len(b64decode(signing_secret(one.pk).removeprefix("whsec_"))) == 32


def test_every_address_of_a_journey_is_told_and_the_record_shows_it(
    shop: Workspace, say: Say, owner: Any, held: HeldClock, start: Start
) -> None:
    first, second, stranger = start(), start(), start()
    say("HAPUS DATA")
    contact, other = person(), make_contact(shop, "Budi", phone="+6281300000055")
    by_journey(shop, contact, first.address, second.address)
    by_journey(shop, other, stranger.address)
    before = len(first.calls)
    request = DataRequest.objects.get()
    services.confirm_erasure(request=request, actor=owner)
    held.move(minutes=16)
    assert services.finish_erasures() == 1
    assert services.send_notices_due() == 0, "a call with the data may be under way"
    held.move(minutes=1)
    assert services.send_notices_due() == 2
    assert len(stranger.calls) == 1, "it never had data of this person"
    [notice] = told(first)[before:]
    assert notice["type"] == "contact.erased"
    assert notice["data"] == {"contact": contact.pk}
    _path, headers, body = first.calls[-1]
    assert b"Ayu" not in body
    assert b"6281200000001" not in body
    made = signature(signing_secret(shop.pk), headers["webhook-id"], int(headers["webhook-timestamp"]), body)
    assert headers["webhook-signature"] == made
    rows = ErasureNotice.objects.filter(request=request).values_list("state", "attempts", "problem")
    assert sorted(rows) == [("delivered", 1, "")] * 2
    assert not Disclosure.objects.filter(contact=contact).exists()
    assert Disclosure.objects.get().contact == other
    shown = signed_in(shop, "manager").get(reverse("privacy:request", args=[request.pk])).content.decode()
    assert first.address in shown
    assert "Tersampaikan" in shown
    assert services.send_notices_due() == 0


def test_an_address_that_is_down_first_is_told_later_with_the_same_id(
    shop: Workspace, held: HeldClock, start: Start
) -> None:
    down = start()
    contact, address, port = make_contact(shop), down.address, down.server_port
    note_disclosure(workspace=shop, contact_id=contact.pk, address=address, by="journey")
    down.shutdown()
    down.server_close()
    contacts.erase_contacts(workspace=shop, ids=[contact.pk])
    held.move(minutes=2)
    assert services.send_notices_due() == 0
    notice = ErasureNotice.objects.get()
    assert (notice.state, notice.attempts, notice.problem) == ("waiting", 1, "unreachable")
    assert services.send_notices_due() == 0
    assert ErasureNotice.objects.get().attempts == 1, "it waits between attempts"
    up = start(port)
    up.statuses = [503, 302]
    for _attempt in range(3):
        held.move(hours=3)
        services.send_notices_due()
    assert [path for path, _headers, _body in up.calls] == ["/hook"] * 3, "a redirect is not followed"
    assert {headers["webhook-id"] for _path, headers, _body in up.calls} == {str(notice.uid)}
    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == ("delivered", 4)


def test_a_slow_address_holds_up_no_other(shop: Workspace, held: HeldClock, start: Start) -> None:
    broken, fine = start(), start()
    broken.statuses = [500] * 50
    for _number in range(5):
        contact = make_contact(shop)
        for peer in (broken, fine):
            note_disclosure(workspace=shop, contact_id=contact.pk, address=peer.address, by="journey")
        contacts.erase_contacts(workspace=shop, ids=[contact.pk])
    held.move(minutes=2)
    assert services.send_notices_due() == 5
    assert len(broken.calls) == 1
    assert len(fine.calls) == 5


def test_after_a_week_a_member_hears_of_it_and_can_try_again(shop: Workspace, held: HeldClock, start: Start) -> None:
    peer = start()
    peer.statuses = [500] * (len(WAITS) + 1)
    contact = make_contact(shop)
    note_disclosure(workspace=shop, contact_id=contact.pk, address=peer.address, by="journey")
    contacts.erase_contacts(workspace=shop, ids=[contact.pk])
    for _attempt in range(len(WAITS) + 1):
        assert not Alert.objects.filter(kind="privacy.notice", resolved_at=None).exists()
        held.move(hours=25)
        services.send_notices_due()
    notice = ErasureNotice.objects.get()
    assert (notice.state, notice.problem) == ("failed", "500")
    assert sum(WAITS, timedelta()) > timedelta(days=6)
    alert = Alert.objects.get(kind="privacy.notice", resolved_at=None)
    assert alert.workspace == shop
    page, manager = reverse("privacy:outside"), signed_in(shop, "manager")
    shown = manager.get(page).content.decode()
    assert peer.address in shown
    assert "500" in shown
    assert "whsec_" not in shown, "only the owner sees the secret"
    assert signing_secret(shop.pk) in signed_in(shop, "owner").get(page).content.decode()
    retry = reverse("privacy:notice_retry", args=[notice.pk])
    assert signed_in(shop, "agent").post(retry).status_code == 403
    assert signed_in(make_workspace("Lain"), "owner").post(retry).status_code == 404
    assert manager.post(retry).status_code == 302
    assert manager.post(retry).status_code == 404
    assert not Alert.objects.filter(kind="privacy.notice", resolved_at=None).exists()
    assert services.send_notices_due() == 1


@pytest.mark.parametrize(
    ("address", "problem"),
    [("http://127.0.0.1:9/hook", "private"), ("http://[::ffff:10.0.0.1]/", "private"), ("https://", "no_address")],
)
def test_an_address_that_can_never_be_told_is_given_up_at_once(
    shop: Workspace, held: HeldClock, settings: Any, socket_enabled: None, address: str, problem: str
) -> None:
    settings.PRIVATE_PEERS = False
    contact = make_contact(shop)
    note_disclosure(workspace=shop, contact_id=contact.pk, address=address, by="journey")
    contacts.erase_contacts(workspace=shop, ids=[contact.pk])
    held.move(minutes=2)
    assert services.send_notices_due() == 0
    notice = ErasureNotice.objects.get()
    assert (notice.state, notice.attempts, notice.problem) == ("failed", 1, problem)
    assert queries.problem_words(problem)


def test_a_contact_that_was_merged_is_named_by_the_id_that_the_address_knows(
    shop: Workspace, held: HeldClock, start: Start
) -> None:
    peer = start()
    kept, absorbed = make_contact(shop, "Ayu"), make_contact(shop, "Ayu L")
    note_disclosure(workspace=shop, contact_id=absorbed.pk, address=peer.address, by="journey")
    contacts.merge_contacts(workspace=shop, keep_id=kept.pk, absorb_id=absorbed.pk, reason="member")
    contacts.erase_contacts(workspace=shop, ids=[kept.pk])
    held.move(minutes=2)
    services.send_notices_due()
    assert [one["data"]["contact"] for one in told(peer)] == [absorbed.pk]


def test_only_the_notices_about_the_person_who_asked_are_in_the_record(shop: Workspace) -> None:
    """A member erases several people at once, of whom one asked, and was merged before."""
    asker, absorbed, other = make_contact(shop, "Ayu"), make_contact(shop, "Ayu L"), make_contact(shop, "Budi")
    for one in (asker, absorbed, other):
        note_disclosure(workspace=shop, contact_id=one.pk, address="https://crm.example/hook", by="journey")
    contacts.merge_contacts(workspace=shop, keep_id=asker.pk, absorb_id=absorbed.pk, reason="member")
    asked = services.Asked(DataRequest.Source.STAFF)
    request = services.open_request(workspace=shop, contact_id=asker.pk, kind="erasure", asked=asked)
    DataRequest.objects.update(state="erasing")
    contacts.erase_contacts(workspace=shop, ids=[asker.pk, other.pk])
    assert [one.contact_id for one in queries.notices_of(request)] == [asker.pk, absorbed.pk]
    assert ErasureNotice.objects.get(request=None).contact == other


def test_nothing_leaves_for_a_person_who_is_erased(shop: Workspace, held: HeldClock, start: Start) -> None:
    peer = start()
    contact = make_contact(shop)
    contacts.erase_contacts(workspace=shop, ids=[contact.pk])
    assert not note_disclosure(workspace=shop, contact_id=contact.pk, address=peer.address, by="journey")
    assert not note_disclosure(
        workspace=make_workspace("Lain"), contact_id=make_contact(shop).pk, address=peer.address, by="journey"
    )
    assert not Disclosure.objects.exists()


def test_a_killed_attempt_counts_and_is_repeated(shop: Workspace, held: HeldClock, start: Start) -> None:
    """The claim commits before the call: a process that dies in the call leaves a notice that is due again later."""
    peer = start()
    contact = make_contact(shop)
    note_disclosure(workspace=shop, contact_id=contact.pk, address=peer.address, by="journey")
    contacts.erase_contacts(workspace=shop, ids=[contact.pk])
    ErasureNotice.objects.update(attempts=1, due_at=held.moment + WAITS[0])
    held.move(seconds=30)
    assert services.send_notices_due() == 0
    held.move(seconds=31)
    assert services.send_notices_due() == 1


def test_a_clock_that_was_set_back_does_not_hold_a_notice_for_ever(
    shop: Workspace, held: HeldClock, start: Start
) -> None:
    peer = start()
    contact = make_contact(shop)
    note_disclosure(workspace=shop, contact_id=contact.pk, address=peer.address, by="journey")
    contacts.erase_contacts(workspace=shop, ids=[contact.pk])
    held.move(days=-400)
    assert services.send_notices_due() == 1
