"""``wabolt doctor``."""

import click

from wabolt.site.machine import examine
from wabolt.site.words import _

SIGNS = {"good": ("✓", "green"), "lacking": ("!", "yellow"), "bad": ("✗", "red")}


@click.command(help=_("Check this machine and say what to do. Exit code 1 if WABolt cannot run on it."))
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Prints one line per finding, and advice for each finding that is not good."""
    findings = examine()
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        sign, colour = SIGNS[finding.state]
        click.echo(f"{click.style(sign, fg=colour)} {finding.name:<{width}}  {finding.text}")
        if finding.advice:
            click.echo(f"  {'':<{width}}  → {finding.advice}")
    if any(finding.state == "bad" for finding in findings):
        ctx.exit(1)
    click.echo(_("WABolt can run here."))
