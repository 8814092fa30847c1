"""Sentences about triggers, steps and conditions, as a shop owner says them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from wabolt.accounts.models import Workspace
from wabolt.contacts.registry import ActionCall, contact_action, contact_actions, event_kind
from wabolt.journeys.event_words import with_facts
from wabolt.journeys.registry import trigger_kind
from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.checks import Problem
from wabolt.journeys.rules.structure import find, place_of, steps_at
from wabolt.messaging.queries import reason_words
from wabolt.personalization.queries import readable
from wabolt.segments.queries import condition_words

SHORT = 60
"""Letters of a message that name it in a sentence."""

KIND_WORDS: Mapping[str, tuple[str | Promise, str, str | Promise]] = {
    "send": (gettext_lazy("Send a message"), "send", gettext_lazy("With the customer's name, a picture, buttons")),
    "wait": (gettext_lazy("Wait"), "hourglass", gettext_lazy("Some days, until an hour, or until something happens")),
    "branch": (gettext_lazy("If …"), "git-merge", gettext_lazy("Go on differently: by city, purchases, or an answer")),
    "split": (gettext_lazy("Split at random"), "switch-horizontal", gettext_lazy("To try two ways")),
    "action": (gettext_lazy("Do something"), "bolt", gettext_lazy("Label, field, voucher, tell the team")),
    "webhook": (gettext_lazy("Call a web address"), "link", gettext_lazy("For a program of your own")),
    "end": (gettext_lazy("End"), "flag", gettext_lazy("The journey is over here")),
}
"""By kind of step: its name, its icon, and what it is good for."""

OUTCOME_WORDS: Mapping[str, str | Promise] = {
    "delivered": gettext_lazy("was delivered"),
    "read": gettext_lazy("was read"),
    "clicked": gettext_lazy("was clicked"),
    "replied": gettext_lazy("was answered"),
    "happened": gettext_lazy("happened in time"),
    "timed_out": gettext_lazy("did not happen in time"),
}
WEEKDAYS: tuple[str | Promise, ...] = (
    gettext_lazy("Monday"), gettext_lazy("Tuesday"), gettext_lazy("Wednesday"), gettext_lazy("Thursday"),
    gettext_lazy("Friday"), gettext_lazy("Saturday"), gettext_lazy("Sunday"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sentence:
    """A step in words. `detail`: a second line, "" for none. `text`: of a message, as it was written."""

    icon: str
    words: str
    detail: str = ""
    text: str = ""


def trigger_sentence(workspace: Workspace, trigger: d.Trigger) -> Sentence:
    """The trigger in words; it asks for a choice if there is none yet."""
    kind = trigger_kind(trigger.kind)
    if kind is None:
        return Sentence("bolt", _("Choose what starts this journey"))
    return Sentence(kind.icon, _said(partial(kind.sentence, workspace, trigger.settings), kind.label))


def _said(say: Callable[[], str], label: str | Promise) -> str:
    """The sentence of a trigger or an action; the label if its settings have a type that it does not know. In a draft
    that was typed, a value may have any type."""
    try:
        return say()
    except (TypeError, ValueError):
        return str(label)


def sentence(workspace: Workspace, definition: d.Definition, step: d.Step) -> Sentence:
    """One step in words, without the steps inside it."""
    _name, icon, _purpose = KIND_WORDS[d.kind_of(step)]
    match step:
        case d.Send():
            return Sentence(icon, _("Send a message"), _send_detail(step), step.text)
        case d.Wait():
            return Sentence(icon, wait_words(workspace, step))
        case d.Branch():
            return Sentence(icon, _("Continue differently"))
        case d.Split():
            return Sentence(icon, _("Split at random"))
        case d.Act():
            action = contact_action(step.action)
            if action is None:
                return Sentence(icon, _("Choose what to do"))
            return Sentence(
                action.icon, _said(partial(ActionCall(step.action, step.params).sentence, workspace), action.label)
            )
        case d.Webhook():
            return Sentence(icon, _("Call a web address"), step.url)
        case d.End():
            return Sentence(icon, _("The journey ends here"))


def arm_words(workspace: Workspace, definition: d.Definition, step: d.Branch | d.Split) -> list[str]:
    """The heading of each arm, in the order of `structure.arms_of`."""
    if isinstance(step, d.Split):
        total = sum(arm.weight for arm in step.arms) or 1
        return [_("%(percent)s%% of the customers") % {"percent": round(arm.weight * 100 / total)} for arm in step.arms]
    return [*(when_words(workspace, definition, arm.when) for arm in step.arms), _("Everyone else")]


def when_words(workspace: Workspace, definition: d.Definition, when: d.When) -> str:
    """The condition of an arm, beginning with "If"."""
    if isinstance(when, d.Outcome):
        name = step_name(workspace, find(definition, when.step))
        return _("If %(step)s %(outcome)s") % {"step": name, "outcome": OUTCOME_WORDS[when.is_]}
    if not when.strip():
        return _("If … (choose a condition)")
    return _("If %(condition)s") % {"condition": _inside(condition_words(workspace, when))}


def happening_words(workspace: Workspace, happening: d.Happening) -> str:
    """Something that may happen, as the end of a sentence: "the customer orders"."""
    match happening.kind:
        case "order":
            return _("the customer orders")
        case "event":
            if not happening.event:
                return "…"
            words = _("this happens: %(event)s") % {"event": event_kind(happening.event).label}
            return with_facts(words, workspace, happening.event, happening.where)
        case _:
            return _inside(condition_words(workspace, happening.when)) if happening.when.strip() else "…"


def _inside(words: str) -> str:
    """A sentence as a part of another one."""
    return words[:1].lower() + words[1:]


def wait_words(workspace: Workspace, step: d.Wait) -> str:
    """A wait as a sentence."""
    match step.mode:
        case "duration":
            if not step.amount:
                return _("Wait until %(time)s") % {"time": _clock(step.at)} if step.at else _("Go on at once")
            values = {"duration": duration_words(step.amount, step.unit), "time": _clock(step.at)}
            return _("Wait %(duration)s, until %(time)s") % values if step.at else _("Wait %(duration)s") % values
        case "clock":
            days = ", ".join(str(WEEKDAYS[day]) for day in step.weekdays)
            values = {"time": _clock(step.at) or "…", "days": days}
            return _("Wait until %(days)s, %(time)s") % values if days else _("Wait until %(time)s") % values
        case _:
            until = happening_words(workspace, step.until) if step.until else "…"
            values = {"until": until, "duration": duration_words(step.amount, step.unit)}
            return _("Wait until %(until)s, at most %(duration)s") % values


def duration_words(amount: int, unit: str) -> str:
    """A number of minutes, hours or days in words."""
    match unit:
        case "minutes":
            return ngettext("%(n)s minute", "%(n)s minutes", amount) % {"n": amount}
        case "hours":
            return ngettext("%(n)s hour", "%(n)s hours", amount) % {"n": amount}
        case _:
            return ngettext("%(n)s day", "%(n)s days", amount) % {"n": amount}


def step_name(workspace: Workspace, step: d.Step | None) -> str:
    """A short name of a step, for sentences about it and for the funnel."""
    match step:
        case d.Send(text=text):
            first_line = next((line.strip() for line in readable(text).splitlines() if line.strip()), "")
            shown = Truncator(first_line).chars(SHORT)
            return f"“{shown}”" if shown else _("the message")
        case d.Wait():
            return wait_words(workspace, step)
        case None:
            return _("a step that is gone")
        case d.Act(action=key):
            action = contact_action(key)
            return str(action.label) if action else str(KIND_WORDS["action"][0])
        case _:
            return str(KIND_WORDS[d.kind_of(step)][0])


def place_words(workspace: Workspace, definition: d.Definition, step_id: str) -> str:
    """The position of a step: "step 2 of 5", in a branch with the heading of its arm; "" for an unknown step."""
    place = place_of(definition, step_id)
    if place is None:
        return ""
    holder = find(definition, place.parent)
    heading = arm_words(workspace, definition, holder)[place.arm] if isinstance(holder, d.Branch | d.Split) else ""
    return position_words(place.index, len(steps_at(definition, place.parent, place.arm)), heading)


def position_words(index: int, count: int, heading: str) -> str:
    """The position in a list of `count` steps. `heading`: that of the arm; "" for the outermost list."""
    words = _("step %(n)s of %(count)s") % {"n": index + 1, "count": count}
    return _("%(place)s under “%(heading)s”") % {"place": words, "heading": heading} if heading else words


def entry_words(workspace: Workspace, entry: d.Entry) -> str:
    """The rule of entry as a sentence."""
    if not entry.only.strip():
        return _often(entry)
    values = {"often": _often(entry), "condition": _inside(condition_words(workspace, entry.only))}
    return _("%(often)s, only if %(condition)s") % values


def _often(entry: d.Entry) -> str:
    days = duration_words(entry.cooldown_days, "days")
    match entry.reentry:
        case "never":
            return _("Each customer once")
        case "after_end":
            if entry.cooldown_days:
                return _("Again after the end, but not within %(days)s") % {"days": days}
            return _("Again, once the earlier time is over")
        case _:
            return _("Each time, but not within %(days)s") % {"days": days} if entry.cooldown_days else _("Each time")


def _send_detail(step: d.Send) -> str:
    parts = [pgettext("part of a step", "with a file")] if step.media else []
    if step.choices:
        parts.append(_("buttons: %(names)s") % {"names": ", ".join(step.choices)})
    if step.quiet == "skip":
        parts.append(_("left out in quiet hours"))
    if step.not_later_minutes:
        hours = max(1, round(step.not_later_minutes / 60))
        amount, unit = (hours // 24, "days") if hours % 24 == 0 else (hours, "hours")
        parts.append(_("at most %(duration)s late") % {"duration": duration_words(amount, unit)})
    return " · ".join(parts)


def _clock(at: str) -> str:
    return at.replace(":", ".")


_PROBLEMS: Mapping[str, str | Promise] = {
    "no_trigger": gettext_lazy("Choose what starts the journey."),
    "no_steps": gettext_lazy("Add a first step."),
    "incomplete_exit": gettext_lazy("A rule for leaving is not complete."),
    "incomplete_goal": gettext_lazy("The goal is not complete."),
    "may_enter_at_any_time": gettext_lazy("Customers may enter again and again, without a pause."),
    "empty_message": gettext_lazy("The message is still empty."),
    "empty_choice": gettext_lazy("A button has no text."),
    "no_wait": gettext_lazy("This wait takes no time."),
    "no_clock": gettext_lazy("Choose the hour."),
    "incomplete_wait": gettext_lazy("Choose what to wait for."),
    "no_timeout": gettext_lazy("Choose how long to wait at most."),
    "incomplete_condition": gettext_lazy("A condition is missing, or is about a step that does not come earlier."),
    "no_weight": gettext_lazy("At least one way needs a share above 0."),
    "no_action": gettext_lazy("Choose what to do."),
    "bad_trigger": gettext_lazy("Choose again what starts the journey: something in it no longer exists."),
    "bad_condition": gettext_lazy("A condition cannot be read: something in it no longer exists."),
    "bad_action": gettext_lazy("This action does not work any more: open it and choose again."),
    "promotion_as_service": gettext_lazy(
        "Only a journey about an order or appointment may write without permission for promotions."
    ),
    "no_voucher_given": gettext_lazy("The text names a voucher, but no step before it gives one."),
    "voucher_not_named": gettext_lazy("No message after this names the voucher, so the customer never sees its code."),
    "bad_template": gettext_lazy("The template cannot be sent like this: open the message and look at its gaps."),
    "no_template": gettext_lazy(
        "A Cloud number sends this only to people who wrote in the last 24 hours. Choose a template, too."
    ),
    "bad_url": gettext_lazy("Write the address."),
    "never_reached": gettext_lazy("No customer gets here: the journey has ended before."),
}


def problem_text(problem: Problem) -> str:
    """The problem as a sentence that says what to do."""
    return str(_PROBLEMS.get(problem.code, problem.code))


OUTCOME_NAMES: Mapping[str, str | Promise] = {
    "sent": gettext_lazy("Sent"),
    "skipped": gettext_lazy("Left out"),
    "waited": gettext_lazy("Waited"),
    "happened": gettext_lazy("It happened"),
    "timed_out": gettext_lazy("Did not happen in time"),
    "branched": gettext_lazy("Went on"),
    "done": gettext_lazy("Done"),
    "moved": gettext_lazy("Moved by a member"),
}
_ENDS: Mapping[str, str | Promise] = {
    "": gettext_lazy("Went through to the end"),
    "finished": gettext_lazy("Went through to the end"),
    "goal": gettext_lazy("Reached the goal"),
    "exit": gettext_lazy("Left by a rule of the journey"),
    "removed": gettext_lazy("Taken out by a member"),
    "archived": gettext_lazy("The journey was archived"),
    "error": gettext_lazy("An error in this step"),
    "no_channel": gettext_lazy("No number could send it"),
    "too_many_steps": gettext_lazy("Too many steps in one day: perhaps a loop"),
    "joined_later": gettext_lazy("It was due before the customer entered"),
    "too_late": gettext_lazy("It would have come too late"),
    "quiet_hours": gettext_lazy("It was quiet hours"),
    "no_voucher": gettext_lazy("The voucher is used or over"),
    "event_off": gettext_lazy("No longer a guest, or the event was cancelled or moved"),
    "cart_ordered": gettext_lazy("The cart was ordered"),
    "cart_emptied": gettext_lazy("The cart was emptied"),
    "cart_newer_version": gettext_lazy("The cart was changed"),
    "cart_newer_cart": gettext_lazy("Another cart of the customer is newer"),
    "cart_gone": gettext_lazy("The cart no longer exists"),
    "merged": gettext_lazy("Went on as the contact with which it was merged"),
    "objected": gettext_lazy("The customer objects to automatic decisions"),
    "erased": gettext_lazy("The customer's data was erased"),
    "ended_by_action": gettext_lazy("Ended by an action, such as a step of another journey"),
    "got_before_merge": gettext_lazy("Already got it, before two contacts were merged"),
}


def end_words(reason: str) -> str:
    """Returns the words for the reason of an ended enrollment, a parked person or a skipped step."""
    if reason in _ENDS:
        return str(_ENDS[reason])
    refused = (action.reasons[reason] for action in contact_actions() if action.reasons and reason in action.reasons)
    return str(next(refused, None) or reason_words(reason))
