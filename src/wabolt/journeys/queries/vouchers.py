"""The voucher that a person got earlier in a journey, for the texts that name it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypeGuard

from wabolt.accounts.models import Workspace
from wabolt.commerce.models import Voucher
from wabolt.commerce.queries import GIVE_VOUCHER, gift_key, voucher_values, vouchers_by_key
from wabolt.contacts.queries import absorbed_of
from wabolt.journeys.queries.doubles import doubles_of
from wabolt.journeys.queries.facts import Person
from wabolt.journeys.queries.plans import Published
from wabolt.journeys.rules.definition import Act, Step
from wabolt.journeys.rules.keys import step_key


def gives_voucher(step: Step) -> TypeGuard[Act]:
    """Whether a step gives the person a voucher."""
    return isinstance(step, Act) and step.action == GIVE_VOUCHER


def vouchers_of(
    workspace: Workspace, published: Published, people: Sequence[Person], now: datetime
) -> dict[int, dict[str, Any]]:
    """Returns {enrollment id: values of a text} with the newest usable voucher that each person got in this enrollment.
    If a merge brought a double that had given the voucher already, that one is used. People without a voucher have no
    entry. The number of statements does not depend on the number of people."""
    entry = published.plan.definition.entry
    doubles = doubles_of(workspace, entry, {person.id: person.contact_id for person in people})
    gifts = _gifts(workspace, published, {(one.id, one.id, one.visit, one.contact_id) for one in people})
    others = _gifts(
        workspace, published,
        {(one.id, other.id, other.visit, one.contact_id)
         for one in people for other in doubles.get(one.id, ()) if one.id not in gifts},
    )  # fmt: skip
    usable = {pk: [voucher for voucher in given if voucher.is_usable(now)] for pk, given in (others | gifts).items()}
    return {
        pk: {"voucher": voucher_values(workspace, max(given, key=lambda voucher: voucher.pk))}
        for pk, given in usable.items()
        if given
    }


def _gifts(
    workspace: Workspace, published: Published, sources: Collection[tuple[int, int, int, int]]
) -> dict[int, list[Voucher]]:
    """Returns {enrollment: vouchers}. `sources`: (enrollment, the enrollment that gave the vouchers, its latest visit,
    contact)."""
    steps = [published.pks[step.id] for step in published.plan.steps.values() if gives_voucher(step)]
    # The key of a gift names the contact who got it, also after that contact is merged into another one.
    absorbed = absorbed_of(workspace, {contact for *_source, contact in sources})
    enrollments = {
        gift_key(("journey", step), step_key(source, step, visit), owner): pk
        for pk, source, latest, contact in sources
        for step in steps
        for visit in range(1, latest + 1)
        for owner in (contact, *absorbed.get(contact, ()))
    }
    found: dict[int, list[Voucher]] = {}
    for key, voucher in vouchers_by_key(workspace, list(enrollments)).items():
        found.setdefault(enrollments[key], []).append(voucher)
    return found
