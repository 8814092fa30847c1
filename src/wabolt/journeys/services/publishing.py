"""Publishing a draft, and what happens to the people inside."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import User
from wabolt.journeys.models import AT_ONCE, Enrollment, Journey, JourneyStep, JourneyVersion
from wabolt.journeys.queries.checking import all_problems
from wabolt.journeys.queries.facts import newest_event
from wabolt.journeys.registry import trigger_kind
from wabolt.journeys.rules.codec import DefinitionError, parse, parse_stored
from wabolt.journeys.rules.definition import Definition, Send, kind_of
from wabolt.journeys.rules.structure import bare, difference, find, goes_on_at, steps_in_order
from wabolt.journeys.services.drafting import audit, locked
from wabolt.journeys.services.positions import end, hold_people
from wabolt.journeys.services.sending import ORIGIN
from wabolt.lib import clock
from wabolt.lib.deadlocks import again_after_deadlock
from wabolt.lib.errors import DomainError
from wabolt.lib.sql import statement
from wabolt.media.models import MediaFile
from wabolt.messaging.models import MessageContent, Template
from wabolt.messaging.queries import header_file
from wabolt.messaging.services import create_content, create_template_content, pause_origin
from wabolt.segments.models import Segment
from wabolt.segments.services import end_live, keep_live

State = Journey.State
_SEND_TO = statement(__file__, "send_to_step")
LIVE = "journey"
"""The kind of the reason for which members of a segment are kept (segments.registry.register_live_use)."""


@again_after_deadlock
@transaction.atomic
def publish(*, journey: Journey, decisions: Mapping[str, str] | None = None, by: User | None = None) -> Journey:
    """Publishes the draft. People inside follow it from now on.

    `decisions`: for changed and deleted steps, by step id, what happens to the people who are there: "go_on" (the
    default: they stay at a changed step, and go on at the next step that is left after a deleted one), "leave", or
    "move:<step id>". Due times are computed again from the moment at which each person reached the step. A journey that
    is paused stays paused.

    Raises DomainError: "problems" (`queries.all_problems`; its `problems` has the errors), "not_tested" before a test
    run of this draft, "archived", "bad_decision" for a step that the draft does not have, and the errors of the texts
    with the step id in `step`.
    """
    held = locked(journey)
    if held.state == State.ARCHIVED:
        raise DomainError(_("This journey is archived."), code="archived")
    if held.tested_version != held.draft_version:
        raise DomainError(_("Look at a test run first."), code="not_tested")
    try:
        new = parse(held.draft)
    except DefinitionError:
        raise DomainError(_("This draft is damaged. Discard it."), code="damaged") from None
    _check(held, new)
    old = parse_stored(held.version.definition) if held.version else Definition()
    _check_decisions(new, decisions or {})
    rows = _store_steps(held, old, new)
    number = held.version.number + 1 if held.version else 1
    held.version = JourneyVersion.objects.create(
        journey=held, number=number, definition=held.draft, published_by=by, published_at=clock.now()
    )
    _send_on(held, old, new, rows, decisions or {})
    _keep_segments(held, old, new)
    held.state = State.ACTIVE if held.state == State.DRAFT else held.state
    held.published_at = held.published_at or clock.now()
    held.save(update_fields=["version", "state", "published_at"])
    audit(held, "journey.publish", by, version=number)
    return held


def _check(journey: Journey, definition: Definition) -> None:
    errors = [problem for problem in all_problems(journey, definition) if problem.is_error]
    if errors:
        message = _("Something in this journey is missing or no longer exists.")
        raise DomainError(message, code="problems", problems=errors)


def _check_decisions(new: Definition, decisions: Mapping[str, str]) -> None:
    for step_id, decision in decisions.items():
        kind, _colon, target = decision.partition(":")
        if decision in ("go_on", "leave") or (kind == "move" and find(new, target) is not None):
            continue
        raise DomainError(_("Choose where these people go."), code="bad_decision", field=step_id)


def _store_steps(journey: Journey, old: Definition, new: Definition) -> dict[str, JourneyStep]:
    """Stores the steps of the new version with their texts, and retires those that it no longer has."""
    known = {row.key: row for row in journey.steps.all()}
    new_ids = {step.id for step in steps_in_order(new)}
    for step in steps_in_order(new):
        row = known.setdefault(step.id, JourneyStep(journey=journey, key=step.id))
        before = find(old, step.id)
        if isinstance(step, Send) and (row.content_id is None or before is None or bare(before) != step):
            row.content, row.template_content = _contents(journey, step)
        row.kind, row.retired_at = kind_of(step), None
        row.title = (step.text.strip().splitlines() or [""])[0][:120] if isinstance(step, Send) else ""
        row.save()
        if journey.state == State.PAUSED and isinstance(step, Send):
            pause_origin(workspace=journey.workspace, origin_kind=ORIGIN, origin_id=row.pk)
    gone = [row.pk for key, row in known.items() if key not in new_ids]
    JourneyStep.objects.filter(pk__in=gone, retired_at=None).update(retired_at=clock.now())
    return known


def _contents(journey: Journey, step: Send) -> tuple[MessageContent, MessageContent | None]:
    """The content of a message, and the one for the number of its template. A message that has only a template uses it
    for all numbers."""
    workspace, templated = journey.workspace, None
    content_class = step.content_class or journey.content_class
    try:
        media = MediaFile.objects.get(workspace=workspace, pk=step.media) if step.media else None
        if step.template:
            template = Template.objects.select_related("channel").get(workspace=workspace, pk=step.template)
            templated = create_template_content(
                workspace=workspace, template=template, parameters=dict(step.parameters), purpose=step.purpose,
                media=media if header_file(template.components) else None, content_class=content_class,
            )  # fmt: skip
        if templated is None or step.text.strip() or (media is not None and templated.media_id is None):
            content = create_content(
                workspace=workspace, text=step.text, purpose=step.purpose, media=media, content_class=content_class
            )
        else:
            content = templated
    except DomainError as error:
        raise DomainError(error.message, code=error.code, field="text", step=step.id) from error
    except (MediaFile.DoesNotExist, Template.DoesNotExist) as error:
        message = _("The file or the template of this message no longer exists.")
        raise DomainError(message, code="gone", field="text", step=step.id) from error
    return content, templated


def _send_on(
    journey: Journey, old: Definition, new: Definition, rows: Mapping[str, JourneyStep], decisions: Mapping[str, str]
) -> None:
    """Moves the people who are at changed and deleted steps, or makes the engine compute their due times again."""
    found = difference(old, new)
    is_for_all = (old.exits, old.goal) != (new.exits, new.goal)
    if is_for_all:
        hold_people("journey_id", [journey.pk])
    else:
        hold_people("step_id", [rows[step_id].pk for step_id in (*found.changed, *found.deleted)])
    for step_id in (*found.changed, *found.deleted):
        decision = decisions.get(step_id, "go_on")
        if decision == "leave":
            _end_at(journey, rows[step_id])
        elif decision.startswith("move:") and decision != f"move:{step_id}":
            _move_to(journey, rows[step_id], rows[decision.removeprefix("move:")], is_back=True)
        elif step_id in found.deleted:
            target = goes_on_at(old, new, step_id)
            _move_to(journey, rows[step_id], rows[target] if target else None, is_back=False)
    inside = Enrollment.objects.filter(journey=journey, state=Enrollment.State.ACTIVE)
    if not is_for_all:
        inside = inside.filter(step__in=[rows[step_id].pk for step_id in found.changed])
    inside.update(due_at=AT_ONCE)


def _end_at(journey: Journey, row: JourneyStep) -> None:
    here = Enrollment.objects.filter(journey=journey, state__in=("active", "parked"), step=row)
    for ids in batches(list(here.order_by("pk").values_list("pk", flat=True))):
        end(journey.workspace, dict.fromkeys(ids, "removed"))


def batches(ids: list[int], size: int = 5000) -> Iterator[list[int]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _move_to(journey: Journey, row: JourneyStep, target: JourneyStep | None, *, is_back: bool) -> None:
    """Moves the people at `row` to `target`; None ends their enrollments. `is_back`: people who already ran the target
    begin a new visit of it. Otherwise the engine skips it for them."""
    values: dict[str, Any] = {
        "journey": journey.pk, "step": row.pk, "target": None if target is None else target.pk, "is_back": is_back,
        "now": clock.now(), "newest": newest_event(),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_SEND_TO, values)


def _keep_segments(journey: Journey, old: Definition, new: Definition) -> None:
    """Has the members of the trigger's segments kept, and of no others."""
    before, after = _watched(old), _watched(new)
    for segment in Segment.objects.filter(workspace=journey.workspace, pk__in=before | after).order_by("pk"):
        if segment.pk in after:
            keep_live(segment=segment, reason=f"{LIVE}:{journey.pk}")
        else:
            end_live(segment=segment, reason=f"{LIVE}:{journey.pk}")


def _watched(definition: Definition) -> set[int]:
    kind = trigger_kind(definition.trigger.kind)
    return set(kind.watches(definition.trigger.settings)) if kind else set()
