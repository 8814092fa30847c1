"""Proof of work: a challenge counts once, for its object, and for a limited time. Solutions here are real."""

import json
import threading
from base64 import b64decode, b64encode
from datetime import timedelta
from typing import Any

import pytest
from altcha import Challenge, Payload, solve_challenge
from django.db import connection

from wabolt.accounts.models import UsedChallenge, Workspace
from wabolt.accounts.services.challenges import VALID_FOR, accept_solution, forget_challenges, new_challenge
from wabolt.accounts.tests.factories import make_workspace
from wabolt.lib import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


def solved(workspace: Workspace, subject: int = 1) -> str:
    made = Challenge.from_dict(new_challenge(workspace=workspace, purpose="form", subject=subject))
    solution = solve_challenge(made)
    assert solution is not None
    return str(Payload(made, solution).to_base64())


def accepted(workspace: Workspace, payload: str, subject: int = 1) -> bool:
    return accept_solution(workspace=workspace, purpose="form", subject=subject, payload=payload)


def changed(payload: str, part: str, **values: Any) -> str:
    data = json.loads(b64decode(payload))
    target = data["challenge"]["parameters"] if part == "parameters" else data[part]
    target.update(values)
    return b64encode(json.dumps(data).encode()).decode()


def test_a_solution_is_accepted_once(workspace: Workspace) -> None:
    payload = solved(workspace)
    assert accepted(workspace, payload)
    assert not accepted(workspace, payload)
    assert not accepted(workspace, changed(payload, "solution", time=5)), "the same challenge in other words"


def test_it_counts_for_its_object_and_its_workspace_only(workspace: Workspace) -> None:
    payload = solved(workspace)
    assert not accepted(workspace, payload, subject=2)
    assert not accepted(make_workspace("Lain"), payload)
    assert accepted(workspace, payload)


def test_an_expired_challenge_is_refused_and_forgotten(workspace: Workspace) -> None:
    with clock.skewed(-VALID_FOR - timedelta(minutes=1)):
        old = solved(workspace)
    assert not accepted(workspace, old)
    assert accepted(workspace, solved(workspace))
    assert forget_challenges() == 0
    with clock.skewed(VALID_FOR + timedelta(minutes=1)):
        assert forget_challenges() == 1
    assert not UsedChallenge.objects.exists()


def test_what_was_changed_or_is_no_solution_is_refused(workspace: Workspace) -> None:
    payload = solved(workspace)
    wrong = [
        "",
        "no base64 \x00 ü",
        b64encode(b"[]").decode(),
        b64encode(b'{"challenge": 1, "solution": 2}').decode(),
        "A" * 100_000,
        changed(payload, "parameters", cost=1),
        changed(payload, "parameters", data={"for": f"{workspace.pk}:form:1", "more": 1}),
        changed(payload, "solution", counter=-1),
        changed(payload, "solution", counter="1", derivedKey=None),
        changed(payload, "challenge", signature=""),
    ]
    assert [text[:40] for text in wrong if accepted(workspace, text)] == []
    assert not UsedChallenge.objects.exists()
    assert accepted(workspace, payload)


@pytest.mark.django_db(transaction=True)
def test_of_two_uses_at_once_one_is_accepted() -> None:
    workspace = make_workspace()
    payload, results, start = solved(workspace), list[bool](), threading.Barrier(2)

    def use() -> None:
        try:
            start.wait()
            results.append(accepted(workspace, payload))
        finally:
            connection.close()

    threads = [threading.Thread(target=use) for _each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, True]
