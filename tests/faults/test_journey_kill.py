"""The worker of journeys is killed at 15 random points, then two work at once: each step runs once per person."""

import random
import time
from collections import Counter

import pytest

from tests.faults.conftest import wait_for
from tests.forking import ForkServer, Process
from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.tests.factories import make_people
from wabolt.contacts.models import ContactTag
from wabolt.journeys.models import Enrollment, Journey, StepRun
from wabolt.journeys.queries import is_balanced
from wabolt.journeys.rules.definition import Act, Send, Wait
from wabolt.journeys.services import enroll_segment
from wabolt.journeys.tests.factories import make_journey
from wabolt.messaging.models import Message

PEOPLE = 1500
KILLS = 15
BATCH = 40
STEPS = {"s1": "sent", "a1": "done", "s2": "sent"}
WORKER = f"""
from wabolt.journeys.services import advance_due
advance_due(batch={BATCH})
"""


@pytest.fixture
def journey(transactional_db: None) -> Journey:
    workspace = make_workspace()
    make_channel(workspace)
    make_people(workspace, PEOPLE)
    steps = (Send("s1", "Halo"), Act("a1", "contacts.tag", {"tag": "alur"}), Send("s2", "Apa kabar"), Wait("w1"))
    journey = make_journey(workspace, *steps)
    assert enroll_segment(journey=journey, text="everyone") == PEOPLE
    return journey


def start(fork_server: ForkServer) -> Process:
    return fork_server.start(WORKER)


@pytest.mark.slow
def test_killed_workers_lose_and_repeat_no_step(fork_server: ForkServer, journey: Journey) -> None:
    chance = random.Random(10)
    first = start(fork_server)
    batch = wait_for(StepRun.objects.exists)
    first.kill()
    for _ in range(KILLS - 1):
        most = StepRun.objects.count() + 2 * BATCH
        worker = start(fork_server)
        until = time.monotonic() + chance.uniform(0.2, 1.3) * batch
        while time.monotonic() < until and StepRun.objects.count() < most:  # the first batch may have been a slow one
            time.sleep(0.005)
        worker.kill()
        assert is_balanced(journey)
    assert 0 < StepRun.objects.count() < PEOPLE * len(STEPS), "the kills hit the work in progress"
    first, second = start(fork_server), start(fork_server)
    assert [first.wait(), second.wait()] == [0, 0]

    runs = StepRun.objects.values_list("enrollment", "step__key", "outcome")
    assert Counter(runs) == Counter((pk, *step) for pk in Enrollment.objects.values_list("pk", flat=True)
                                    for step in STEPS.items())  # fmt: skip
    assert set(Enrollment.objects.values_list("state", "step__key")) == {("active", "w1")}
    assert Message.objects.count() == 2 * PEOPLE
    assert ContactTag.objects.count() == PEOPLE
    assert is_balanced(journey)
