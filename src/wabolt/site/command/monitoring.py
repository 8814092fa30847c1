"""Commands for monitoring."""

import click

from wabolt.site import home
from wabolt.site.words import _


@click.command("metrics-token", help=_("Print the token with which Prometheus reads /metrics."))
def metrics_token() -> None:
    """``wabolt metrics-token``."""
    click.echo(home.metrics_token())
