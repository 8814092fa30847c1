"""`wabolt verify consent`."""

import click

from wabolt.accounts.models import Workspace
from wabolt.consent.services import Verdict, verify

_WHAT = {
    "changed": "was changed, or the entry before it was: its seal does not fit",
    "missing": "is missing",
    "extra": "stands behind the recorded end of the ledger",
    "end": "is not the one that the ledger recorded as its last",
}


@click.group("verify")
def verify_group() -> None:
    """Check what must never change."""


@verify_group.command("consent")
@click.option("--workspace", "workspace_id", type=int, help="Only this workspace (its id); otherwise all of them.")
def verify_consent(workspace_id: int | None) -> None:
    """Check every entry of the consent ledger against the chain of seals.

    Names the first broken entry of each workspace and ends with exit code 1 when there is one.
    """
    workspaces = Workspace.objects.order_by("pk")
    if workspace_id is not None:
        workspaces = workspaces.filter(pk=workspace_id)
        if not workspaces.exists():
            raise click.ClickException(f"There is no workspace {workspace_id}.")
    verdicts = [verify(workspace) for workspace in workspaces]
    for verdict in verdicts:
        click.echo(_sentence(verdict))
    if not all(verdict.whole for verdict in verdicts):
        raise SystemExit(1)


def _sentence(verdict: Verdict) -> str:
    name = f"{verdict.workspace.name} (#{verdict.workspace.pk})"
    if verdict.broken:
        return f"{name}: BROKEN. Entry {verdict.broken.seq} {_WHAT[verdict.broken.kind]}."
    if verdict.stray:
        contact, purpose = verdict.stray
        return f"{name}: BROKEN. Contact #{contact} does not stand where its last entry for {purpose} says."
    return f"{name}: whole, {verdict.entries} entries."


commands: list[click.Command] = [verify_group]
