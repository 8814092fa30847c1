"""Making journeys and changing their drafts."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.channels.models import Channel
from wabolt.journeys.models import Journey
from wabolt.journeys.rules.codec import DefinitionError, dump, parse
from wabolt.journeys.rules.definition import Definition
from wabolt.lib import clock
from wabolt.lib.errors import DomainError

SETTINGS = ("name", "channel", "importance", "content_class", "holdout_percent", "max_steps_per_day")
MAX_HOLDOUT = 50


def locked(journey: Journey) -> Journey:
    """The journey as it is now, locked for a change; in a transaction. The engine and entries wait."""
    found = Journey.objects.select_for_update(of=("self",)).select_related("workspace", "channel", "version")
    return found.get(pk=journey.pk, workspace=journey.workspace_id)


def audit(journey: Journey, action: str, by: User | None, **data: Any) -> None:
    """Notes what a member did with a journey, in the caller's transaction."""
    record_audit(
        workspace=journey.workspace, actor=by, action=action, target=("journey", journey.pk),
        data={"name": journey.name, **data},
    )  # fmt: skip


@transaction.atomic
def create_journey(
    *,
    workspace: Workspace,
    name: str,
    definition: Definition,
    recipe: str = "",
    settings: Mapping[str, Any] | None = None,
    by: User | None = None,
) -> Journey:
    """Makes a draft. `settings`: further values of `SETTINGS`. Raises DomainError as `change_settings`, and as
    `save_draft` for a definition beyond its limits."""
    values = {"name": name, **(settings or {})}
    _check(workspace, values)
    journey = Journey.objects.create(
        workspace=workspace, draft=_readable(definition), recipe=recipe, created_by=by, **values
    )
    audit(journey, "journey.create", by)
    return journey


@transaction.atomic
def save_draft(*, journey: Journey, definition: Definition, expected: int) -> Journey:
    """Stores the draft. `expected`: the `draft_version` that the member saw; raises DomainError "changed_elsewhere" if
    it has changed since, "archived" for an archived journey, and "unreadable" for a definition beyond its limits."""
    held = locked(journey)
    if held.state == Journey.State.ARCHIVED:
        raise DomainError(_("This journey is archived."), code="archived")
    if held.draft_version != expected:
        raise DomainError(
            _("This draft was changed in another window. Reload the page and try again."), code="changed_elsewhere"
        )
    held.draft, held.draft_version, held.changed_at = _readable(definition), expected + 1, clock.now()
    held.save(update_fields=["draft", "draft_version", "changed_at"])
    return held


@transaction.atomic
def discard_draft(*, journey: Journey) -> Journey:
    """Sets the draft back to the published version. Raises DomainError "not_published" without one."""
    held = locked(journey)
    if held.version is None:
        raise DomainError(_("Publish the journey first."), code="not_published")
    held.draft, held.draft_version = held.version.definition, held.draft_version + 1
    held.tested_version, held.changed_at = held.draft_version, clock.now()
    held.save(update_fields=["draft", "draft_version", "tested_version", "changed_at"])
    return held


@transaction.atomic
def change_settings(*, journey: Journey, values: Mapping[str, Any]) -> Journey:
    """Changes values of `SETTINGS`. Raises DomainError whose `field` names the one at fault, ValueError for others."""
    held = locked(journey)
    _check(held.workspace, values)
    for name, value in values.items():
        setattr(held, name, value)
    held.changed_at = clock.now()
    held.save(update_fields=[*values, "changed_at"])
    return held


@transaction.atomic
def note_test_run(*, journey: Journey, draft_version: int) -> None:
    """Notes that a member has seen a test run of this draft. A publication asks for it."""
    held = locked(journey)
    if held.draft_version == draft_version:
        held.tested_version = draft_version
        held.save(update_fields=["tested_version"])


@transaction.atomic
def delete_draft(*, journey: Journey, by: User | None = None) -> None:
    """Deletes a journey that was never published. Raises DomainError "was_published" for any other."""
    held = locked(journey)
    if held.version_id is not None:
        raise DomainError(_("A journey that was published is archived, not deleted."), code="was_published")
    audit(held, "journey.delete", by)
    held.delete()


def _readable(definition: Definition) -> dict[str, Any]:
    """The definition as it is stored. Raises DomainError if it could not be read again."""
    stored = dump(definition)
    try:
        parse(stored)
    except DefinitionError as error:
        message = _("This cannot be saved: the journey would be too large, or a value in it is wrong.")
        raise DomainError(message, code="unreadable", step=error.step) from error
    return stored


def _check(workspace: Workspace, values: Mapping[str, Any]) -> None:
    if unknown := set(values) - set(SETTINGS):
        raise ValueError(f"not settings of a journey: {sorted(unknown)}")
    if "name" in values and not 1 <= len(str(values["name"]).strip()) <= 100:
        raise DomainError(_("A name has 1 to 100 characters."), code="bad_name", field="name")
    channel = values.get("channel")
    if isinstance(channel, Channel) and (channel.workspace_id != workspace.pk or channel.archived_at is not None):
        raise DomainError(_("Choose a number of this shop."), code="unknown_channel", field="channel")
    if not 0 <= int(values.get("holdout_percent", 0)) <= MAX_HOLDOUT:
        raise DomainError(_("At most half of the people."), code="bad_percent", field="holdout_percent")
    if not 1 <= int(values.get("max_steps_per_day", 1)) <= 1000:
        raise DomainError(_("Between 1 and 1000 steps."), code="bad_limit", field="max_steps_per_day")
    for name, kinds in (("importance", Journey.Importance), ("content_class", Journey.ContentClass)):
        if name in values and values[name] not in kinds.values:
            raise DomainError(_("Choose one of the list."), code="bad_choice", field=name)
