"""The caps of a person and the order of importance hold across the numbers of a shop."""

import threading
from collections import defaultdict

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.lib import clock
from wabolt.messaging import registry
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.registry import Origin
from wabolt.messaging.services import create_content
from wabolt.messaging.store.models import Message
from wabolt.messaging.tests.factories import make_people, queue_promotion
from wabolt.messaging.tests.test_rules_policy import NOON

PEOPLE = 6


def numbers_of(workspace: Workspace, count: int, cap: int) -> list[Channel]:
    return [
        make_channel(
            workspace, phone=f"+62811{workspace.pk:06}{n}", cap_per_day=cap, cap_per_week=9, quiet_from="00:00",
            quiet_until="00:00",
        )
        for n in range(count)
    ]  # fmt: skip


queued = st.tuples(st.integers(0, 1), st.integers(0, PEOPLE - 1), st.sampled_from([2, 3, 4]))
"""(number, person, priority)"""


@pytest.mark.django_db
@settings(max_examples=5)
@given(
    st.lists(queued, min_size=6, max_size=18), st.integers(1, 2), st.lists(st.integers(0, 1), min_size=1, max_size=4)
)
def test_the_most_important_messages_of_a_person_use_up_the_cap(
    waiting: list[tuple[int, int, int]], cap: int, first: list[int]
) -> None:
    """The numbers on which they wait, and the order of the lanes, do not matter."""
    with clock.hold(NOON) as held:
        workspace = make_workspace()
        numbers, people = numbers_of(workspace, 2, cap), make_people(workspace, PEOPLE)
        content = create_content(workspace=workspace, text="Halo")
        for index, (number, person, priority) in enumerate(waiting):
            about = {"origin_id": index + 1, "priority": priority, "content": content}
            queue_promotion(numbers[number], [people[person]], **about)
        for lane in [*first, *([0, 1] * 6)]:
            work_lane_once(numbers[lane])
            held.move(seconds=61)
            if not Message.objects.filter(workspace=workspace, state="queued").exists():
                break
        states: dict[int, list[tuple[int, bool]]] = defaultdict(list)
        ends = Message.objects.filter(workspace=workspace).values_list("contact", "priority", "state")
        for contact, priority, state in ends:
            assert state in {"sent", "delivered", "read", "suppressed"}
            states[contact].append((priority, state != "suppressed"))
        for found in states.values():
            assert sorted(p for p, is_sent in found if is_sent) == sorted(p for p, _ in found)[:cap], found


@pytest.mark.django_db(transaction=True)
def test_two_lanes_that_claim_at_once_send_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first lane is in the middle of its claim when the second one looks at the same person."""
    workspace = make_workspace()
    [first, second], people = numbers_of(workspace, 2, 1), make_people(workspace, 1)
    inside, go_on = threading.Event(), threading.Event()

    def wait(_workspace: Workspace, _keys: object) -> dict[int, str]:
        inside.set()
        assert go_on.wait(20)
        return {}

    monkeypatch.setattr(registry, "ORIGINS", {**registry.ORIGINS, "slow": Origin("slow", "Lambat", unwanted=wait)})
    queue_promotion(first, people, origin_kind="slow")
    queue_promotion(second, people, origin_id=2)

    def work() -> None:
        try:
            work_lane_once(first)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    assert inside.wait(20)
    assert work_lane_once(second) == 0, "the person is in another claim"
    go_on.set()
    thread.join(20)
    work_lane_once(second)
    assert Message.objects.get(channel=first).sent_at is not None
    assert Message.objects.get(channel=second).reason == "frequency_cap"
