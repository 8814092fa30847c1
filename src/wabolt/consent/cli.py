"""`wabolt verify consent`."""

import click
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.accounts.models import Workspace
from wabolt.consent.models import Purpose
from wabolt.consent.queries import Verdict, verify

_WHAT = {
    "changed": gettext_lazy("Entry %(seq)s or the entry before it was changed: its seal does not match."),
    "missing": gettext_lazy("Entry %(seq)s is missing."),
    "extra": gettext_lazy("Entry %(seq)s comes after the recorded end of the ledger."),
    "end": gettext_lazy("Entry %(seq)s is not the one that the ledger recorded as its last."),
}


_HELP = _(
    "Check every entry of the consent ledger against the chain of seals. Names the first broken entry of each shop and"
    " ends with exit code 1 when there is one."
)


@click.group("verify", help=_("Verify append-only data."))
def verify_group() -> None:
    """The group of commands that check stored data."""


@verify_group.command("consent", help=_HELP)
@click.option("--workspace", "workspace_id", type=int, help=_("Only the shop with this number; otherwise all of them."))
def verify_consent(workspace_id: int | None) -> None:
    """Prints one line for each workspace. Exits with 1 when a ledger is broken."""
    workspaces = Workspace.objects.order_by("pk")
    if workspace_id is not None:
        workspaces = workspaces.filter(pk=workspace_id)
        if not workspaces.exists():
            raise click.ClickException(_("There is no shop with the number %s.") % workspace_id)
    verdicts = [verify(workspace) for workspace in workspaces]
    for verdict in verdicts:
        click.echo(_sentence(verdict))
    if not all(verdict.whole for verdict in verdicts):
        raise SystemExit(1)


def _sentence(verdict: Verdict) -> str:
    name = f"{verdict.workspace.name} (#{verdict.workspace.pk})"
    if verdict.broken:
        why = str(_WHAT[verdict.broken.kind]) % {"seq": verdict.broken.seq}
    elif verdict.stray:
        contact, purpose = verdict.stray
        values = {"contact": contact, "purpose": Purpose(purpose).label}
        why = _("The state of contact #%(contact)s for “%(purpose)s” differs from its last entry.") % values
    else:
        return _("%(name)s: whole, %(count)s entries.") % {"name": name, "count": verdict.entries}
    return _("%(name)s: BROKEN. %(why)s") % {"name": name, "why": why}


commands: list[click.Command] = [verify_group]
