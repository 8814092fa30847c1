"""Recent problems of a shop and of the installation, as the owner reads them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wabolt.accounts.models import Workspace
from wabolt.alerts.queries import Shown, open_alerts, resolved_alerts
from wabolt.contacts.queries import parked_events
from wabolt.contacts.registry import consumers
from wabolt.lib import clock
from wabolt.lib.commands import shell_command
from wabolt.lib.metrics import rows
from wabolt.operations.models import Process
from wabolt.operations.rules import CRASHED_AFTER, TOGETHER
from wabolt.ui.filters import number_id

LOOK_BACK = timedelta(days=30)
CRASHED = timedelta(seconds=CRASHED_AFTER)
MOST = 50

_FAILED_JOBS = """
    SELECT j.task_name, count(*), max(e.at) FROM procrastinate_jobs j
    JOIN LATERAL (SELECT max(at) AS at FROM procrastinate_events WHERE job_id = j.id) AS e ON true
    WHERE j.status = 'failed' AND e.at > %(since)s GROUP BY 1 ORDER BY 3 DESC LIMIT 20
"""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. `advice`: what to do, "" for nothing. `is_over`: it has ended."""

    at: datetime
    sentence: str
    advice: str = ""
    url: str = ""
    is_over: bool = False


def recent_problems(workspace: Workspace, role: str) -> list[Problem]:
    """Returns the problems of the last 30 days, newest first."""
    since = clock.now() - LOOK_BACK
    found = [_of_alert(one) for one in [*open_alerts(workspace, role), *resolved_alerts(workspace, role)]]
    found += [*_parked(workspace), *_failed_jobs(since), *_ended_processes(since)]
    recent = [problem for problem in found if problem.at >= since or not problem.is_over]
    return sorted(recent, key=lambda problem: problem.at, reverse=True)[:MOST]


def _of_alert(alert: Shown) -> Problem:
    is_over = alert.alert.resolved_at is not None
    return Problem(alert.alert.opened_at, alert.sentence, "" if is_over else alert.advice, alert.url, is_over)


def _parked(workspace: Workspace) -> Iterator[Problem]:
    registered = consumers()
    groups = parked_events(workspace).order_by().values("consumer_id").annotate(count=Count("pk"), at=Max("parked_at"))
    for group in groups:
        name = group["consumer_id"]
        label = registered[name].label if name in registered else name
        sentence = ngettext(
            "%(count)s event could not be processed: %(task)s.", "%(count)s events could not be processed: %(task)s.",
            group["count"],
        ) % {"count": number_id(group["count"]), "task": label}  # fmt: skip
        advice = _("Everything else was processed. After an update, try them again under “Background work”.")
        yield Problem(group["at"], sentence, advice, reverse("contacts:consumers"))


def _failed_jobs(since: datetime) -> Iterator[Problem]:
    for task, count, at in rows(_FAILED_JOBS, {"since": since}):
        sentence = ngettext(
            "A background task failed (%(task)s).",
            "A background task failed %(count)s times (%(task)s).", count,
        ) % {"task": task, "count": number_id(count)}  # fmt: skip
        advice = _("If it happens again, make a report and send it: %(command)s") % {"command": shell_command("report")}
        yield Problem(at, sentence, advice)


def _ended_processes(since: datetime) -> Iterator[Problem]:
    """Processes that ended without notice. Those of one machine that ended together are one problem."""
    silent = Process.objects.filter(ended_at=None, beat_at__gte=since, beat_at__lt=clock.now() - CRASHED)
    by_host: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for host, kind, beat_at in silent.order_by("beat_at").values_list("host", "kind", "beat_at"):
        by_host[host].append((beat_at, kind))
    alive = set(
        Process.objects.filter(ended_at=None, beat_at__gte=clock.now() - CRASHED).values_list("kind", flat=True)
    )
    for host, ends in by_host.items():
        for group in _together(ends):
            kinds = {kind for _at, kind in group}
            yield _ended(host, group[-1][0], kinds, is_over=kinds <= alive)


def _together(ends: list[tuple[datetime, str]]) -> Iterator[list[tuple[datetime, str]]]:
    group: list[tuple[datetime, str]] = []
    for end in ends:
        if group and end[0] - group[-1][0] > TOGETHER:
            yield group
            group = []
        group.append(end)
    yield group


def _ended(host: str, at: datetime, kinds: set[str], *, is_over: bool) -> Problem:
    if len(kinds) > 2:
        sentence = _("WABolt ended suddenly on the computer %(host)s, as after a power failure.") % {"host": host}
    else:
        names = {
            Process.Kind.WEB: _("The pages"),
            Process.Kind.WORKER: _("Background work"),
            Process.Kind.GATEWAY: _("Sending and receiving"),
            Process.Kind.CONSUMER: _("Counting"),
        }
        parts = ", ".join(str(names[Process.Kind(kind)]) for kind in sorted(kinds))
        sentence = _("%(parts)s ended suddenly on the computer %(host)s.") % {"parts": parts, "host": host}
    if is_over:
        return Problem(at, sentence + " " + _("It runs again; nothing is lost."), is_over=True)
    advice = _("Start WABolt again. This command says what is missing: %(command)s")
    return Problem(at, sentence, advice % {"command": shell_command("doctor")})
