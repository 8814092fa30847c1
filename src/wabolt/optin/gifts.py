"""The vouchers that one customer can get through one way in, and the warning if there are several."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wabolt.accounts.models import Workspace
from wabolt.broadcasts.registry import CheckNote
from wabolt.commerce.queries import GIVE_VOUCHER
from wabolt.contacts.registry import LoggedEvent, read_calls
from wabolt.journeys.models import Journey
from wabolt.journeys.queries import START_JOURNEY, Giving, giving_journeys, giving_of
from wabolt.journeys.registry import Definition, register_check_note
from wabolt.lib import clock
from wabolt.optin.models import EntryPoint, Giveaway
from wabolt.optin.registry import kind_of
from wabolt.optin.triggers import JOINED, TAKING_PART


def register() -> None:
    """Called from `OptinConfig.ready`."""
    register_check_note("vouchers_of_ways_in", journey_note)


class Gift(NamedTuple):
    """A voucher. `source`: "point" (its settings), "action" (after joining) or "journey". `journey`: of the last."""

    percent: int
    source: str
    journey: Journey | None = None

    def words(self) -> str:
        """The percentage with the source, seen from the page of the way in."""
        if self.journey is not None:
            return _("%(percent)s%% from the journey “%(name)s”") % {"percent": self.percent, "name": self.journey.name}
        given = {"point": _("%(percent)s%% from this way in"), "action": _("%(percent)s%% after joining")}
        return given[self.source] % {"percent": self.percent}

    def address(self, point: EntryPoint) -> str:
        """The page on which a member can take the voucher away."""
        if self.journey is not None:
            return reverse("journeys:detail", args=[self.journey.pk])
        if self.source == "action":
            return reverse("optin:afterwards", args=[point.pk])
        return kind_of(point.kind).edit_url(point.pk)


def gifts_of(workspace: Workspace, points: Sequence[EntryPoint], draft: Giving | None = None) -> dict[int, list[Gift]]:
    """The vouchers that one customer can get through each way in, by its id: its own first. `draft`: counts in place of
    the published version of its journey. The number of statements does not depend on the number of ways in."""
    journeys = [draft] if draft else []
    journeys += [one for one in giving_journeys(workspace) if draft is None or one.journey != draft.journey]
    rewards = Giveaway.objects.filter(point__in=points, kind=Giveaway.Kind.REWARD)
    giveaways = dict(rewards.values_list("point", "reward_percent"))
    return {
        point.pk: [*_own(point, giveaways), *_of_journeys(workspace, journeys, point.pk, _started_by(point))]
        for point in points
    }


def gifts_of_journeys(workspace: Workspace, point: EntryPoint | None) -> list[Gift]:
    """The vouchers that journeys give to customers who come through a way in; None: through one that is new."""
    started = _started_by(point) if point else set()
    return list(_of_journeys(workspace, giving_journeys(workspace), point.pk if point else 0, started))


def _own(point: EntryPoint, giveaways: Mapping[int, int]) -> Iterator[Gift]:
    if percent := giveaways.get(point.pk, point.voucher_percent):
        yield Gift(percent, "point")
    for call in read_calls(point.then):
        if call.key == GIVE_VOUCHER:
            yield Gift(int(call.params.get("percent") or 0), "action")


def _started_by(point: EntryPoint) -> set[int]:
    """The journeys that the actions of a way in start."""
    return {int(call.params.get("journey") or 0) for call in read_calls(point.then) if call.key == START_JOURNEY}


def _of_journeys(workspace: Workspace, journeys: Sequence[Giving], point_id: int, started: set[int]) -> Iterator[Gift]:
    data = {"entry_point": point_id}
    events = [LoggedEvent(0, workspace.pk, 0, kind, clock.now(), data) for kind in (JOINED, *TAKING_PART)]
    for one in journeys:
        if one.journey.pk in started or one.starts_with(events):
            for percent in one.percents:
                yield Gift(percent, "journey", one.journey)


def several_gifts(point: EntryPoint) -> list[tuple[Gift, str]]:
    """The vouchers of a way in that people can use now or later, each with the page that takes it away; empty if there
    are fewer than two."""
    if not _is_used(point):
        return []
    found = gifts_of(point.workspace, [point])[point.pk]
    return [(gift, gift.address(point)) for gift in found] if len(found) > 1 else []


def _is_used(point: EntryPoint) -> bool:
    now = clock.now()
    return point.is_open(now) or point.opens_later(now)


def journey_note(journey: Journey, draft: Definition) -> CheckNote | None:
    """Warns before a journey whose voucher is one of several that a customer gets through a way in."""
    giving = giving_of(journey, draft)
    if giving is None:
        return None
    workspace = journey.workspace
    points = [point for point in EntryPoint.objects.filter(workspace=workspace).order_by("pk") if _is_used(point)]
    found = gifts_of(workspace, points, giving)
    doubled = [
        point for point in points if len(found[point.pk]) > 1 and any(g.journey == journey for g in found[point.pk])
    ]
    if not doubled:
        return None
    first, *others = doubled
    words = _("Who comes in through “%(way)s” can get: %(gifts)s.") % {
        "way": first.name, "gifts": ", ".join(_from_the_journey(gift, journey) for gift in found[first.pk]),
    }  # fmt: skip
    if others:
        more = ngettext("%(n)s other way in does the same.", "%(n)s other ways in do the same.", len(others))
        words = f"{words} {more % {'n': len(others)}}"
    advice = _("If one is enough, take the voucher out of this journey, or set it to 0 at the way in.")
    url = kind_of(first.kind).page_url(first.pk) if not others else reverse("optin:list")
    link = _("Open the way in") if not others else _("See the ways in")
    return CheckNote(_("A customer can get more than one voucher"), f"{words} {advice}", url, link)


def _from_the_journey(gift: Gift, journey: Journey) -> str:
    """The words of a voucher, seen from the check page of a journey."""
    if gift.journey == journey:
        return _("%(percent)s%% from this journey") % {"percent": gift.percent}
    if gift.source == "point":
        return _("%(percent)s%% from the way in") % {"percent": gift.percent}
    return gift.words()
