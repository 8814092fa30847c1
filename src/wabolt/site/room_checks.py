"""The checks of ``wabolt doctor`` that ask the rooms. Django is set up."""

from collections.abc import Iterator
from datetime import timedelta

from django.db import Error

from wabolt import __version__
from wabolt.backups.queries import newest_backup_at, newest_good_at
from wabolt.backups.rules import OLD_AFTER
from wabolt.channels.queries import machine_clock_lead, stopped_channels
from wabolt.contacts.queries import consumer_lags
from wabolt.journeys.queries import imbalances
from wabolt.lib import clock
from wabolt.lib.commands import shell_command
from wabolt.operations.queries import count_crashes, count_processes
from wabolt.site.findings import Finding, migrate_advice
from wabolt.site.words import _

MANY_UNREAD = 10_000  # events; a running consumer reads so many in seconds
KINDS = ("web", "worker", "gateway", "consumer")


def examine_rooms() -> list[Finding]:
    """Runs the checks. Tables that do not fit this version are one finding."""
    try:
        return [*_processes(), *_consumers(), *_channels(), *_clock(), *_journeys(), _backup()]
    except Error as error:
        state = f"SQLSTATE {getattr(error.__cause__, 'sqlstate', None)}"
        return [Finding(_("Installation"), "bad", state, migrate_advice())]


def _processes() -> Iterator[Finding]:
    rows = count_processes()
    alive = {kind for kind, _version, _count in rows}
    if not alive:
        advice = _("Start WABolt: {command}").format(command=shell_command("up"))
        yield Finding(_("Processes"), "lacking", _("none runs"), advice)
    elif missing := [kind for kind in KINDS if kind not in alive]:
        text = _("missing: {names}").format(names=", ".join(missing))
        yield Finding(_("Processes"), "bad", text, _("Look at its log in the home folder, or start WABolt again."))
    else:
        yield Finding(_("Processes"), "good", ", ".join(f"{kind} {count}" for kind, _version, count in rows))
    if others := sorted({version for _kind, version, _count in rows} - {__version__}):
        text = _("running {running}, installed {installed}").format(running=", ".join(others), installed=__version__)
        yield Finding(_("Version"), "lacking", text, _("Start WABolt again, so that the new version runs."))
    for kind, count in count_crashes():
        text = _("{kind} ended suddenly {count} times in 24 hours").format(kind=kind, count=count)
        advice = _("If this continues, make a report: {command}").format(command=shell_command("report"))
        yield Finding(_("Ends"), "lacking", text, advice)


def _consumers() -> Iterator[Finding]:
    for lag in consumer_lags(None):
        text = _("{unread} events to read, {parked} parked").format(unread=lag.unread, parked=lag.parked)
        label = _("Consumer {name}").format(name=lag.consumer.name)
        if lag.parked:
            advice = _("Open Settings, Background work: retry or drop the parked events.")
            yield Finding(label, "lacking", text, advice)
        elif lag.unread >= MANY_UNREAD:
            yield Finding(label, "lacking", text, _("Is the process consumer running?"))
        else:
            yield Finding(label, "good", text)


def _channels() -> Iterator[Finding]:
    for channel in stopped_channels():
        name = _("WhatsApp number {id}").format(id=channel.pk)
        yield Finding(name, "lacking", str(channel.state), _("Open WhatsApp numbers; the card says what to do."))


def _clock() -> Iterator[Finding]:
    """Compares the timestamps of WhatsApp with the times of arrival."""
    lead = machine_clock_lead()
    if lead is not None:
        minutes = round(lead / timedelta(minutes=1))
        text = _("{minutes} minutes ahead of WhatsApp; customers get no automatic replies").format(minutes=minutes)
        yield Finding(_("Clock"), "bad", text, _("Switch on the automatic time (timedatectl set-ntp true)."))


def _journeys() -> Iterator[Finding]:
    """Checks that each person who entered a journey is inside, finished, exited, parked or held out."""
    found = imbalances()
    for one in found:
        text = _("{entered} entered, {people} on record, {by_state} counted by state, {wrong} in a wrong state").format(
            entered=one.entered, people=one.people, by_state=one.by_state, wrong=one.wrong
        )
        advice = _("This is a bug in WABolt. Make a report: {command}").format(command=shell_command("report"))
        yield Finding(_("Journey {id}").format(id=one.journey_id), "lacking", text, advice)
    if not found:
        yield Finding(_("Journeys"), "good", _("everyone who entered is accounted for"))


def _backup() -> Finding:
    newest, good = newest_backup_at(), newest_good_at()
    advice = _("Make one now: {command}").format(command=shell_command("backup FILE"))
    if newest is None:
        return Finding(_("Backup"), "lacking", _("none yet"), advice)
    age = clock.now() - newest
    text = _("{days:.1f} days old").format(days=age / timedelta(days=1))
    if age > OLD_AFTER:
        return Finding(_("Backup"), "lacking", text, advice)
    if good is None or clock.now() - good > OLD_AFTER:
        return Finding(_("Backup"), "lacking", _("{age}, not tested").format(age=text), _("Open the page “Backup”."))
    return Finding(_("Backup"), "good", text)
