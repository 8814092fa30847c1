"""Reads of the addresses outside that got data, and of the notices that they get after an erasure."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Disclosure
from wabolt.contacts.registry import disclosers
from wabolt.privacy.models import DataRequest, ErasureNotice


@dataclass(frozen=True, slots=True)
class Outside:
    """An address outside: what sends to it, the number of people whose data it got, and the last time."""

    address: str
    by: str | Promise
    people: int
    last_at: datetime


def addresses_outside(workspace: Workspace, most: int = 50) -> list[Outside]:
    """The addresses that got data of people who are not erased, the newest use first."""
    labels = {key: one.label for key, one in disclosers().items()}
    rows = Disclosure.objects.filter(workspace=workspace).values("address", "by")
    counted = rows.annotate(people=Count("contact"), last=Max("last_at")).order_by("-last")[:most]
    return [Outside(row["address"], labels.get(row["by"], row["by"]), row["people"], row["last"]) for row in counted]


def notices(workspace: Workspace) -> QuerySet[ErasureNotice]:
    """The notices of a workspace, newest first."""
    return ErasureNotice.objects.filter(workspace=workspace).order_by("-pk")


def notices_of(request: DataRequest) -> QuerySet[ErasureNotice]:
    """The notices of the erasure that a person asked for."""
    return ErasureNotice.objects.filter(request=request).order_by("pk")


def problem_words(problem: str) -> str:
    """The problem of the last attempt in words for a page; "" if there was none."""
    words = {
        "unreachable": _("did not answer"),
        "private": _("is in a private network"),
        "no_address": _("is no web address"),
        "": "",
    }
    return words[problem] if problem in words else _("answered with status %(status)s") % {"status": problem}
