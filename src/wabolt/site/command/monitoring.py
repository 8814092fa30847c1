"""Commands and options for monitoring."""

import os

import click

from wabolt.site import home
from wabolt.site.words import _


def _set_log_format(_ctx: click.Context, _param: click.Parameter, layout: str | None) -> None:
    if layout:
        os.environ["WABOLT_LOG_FORMAT"] = layout


log_format_option = click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    expose_value=False,
    callback=_set_log_format,
    help=_("How log lines are written; the default is WABOLT_LOG_FORMAT, else text."),
)


@click.command("metrics-token", help=_("Print the token with which Prometheus reads /metrics."))
def metrics_token() -> None:
    """``wabolt metrics-token``."""
    click.echo(home.metrics_token())
