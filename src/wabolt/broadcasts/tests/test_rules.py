from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.rules import NEXT, may_become


def test_every_state_has_its_successors() -> None:
    assert set(NEXT) == set(Broadcast.State.values)
    assert {state for following in NEXT.values() for state in following} <= set(Broadcast.State.values)


def test_completed_and_cancelled_are_the_end() -> None:
    assert not NEXT["completed"]
    assert not NEXT["cancelled"]
    assert may_become("running", "paused")
    assert not may_become("completed", "running")
