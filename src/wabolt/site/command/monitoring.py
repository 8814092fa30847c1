"""Commands and options for monitoring."""

import os
from datetime import datetime
from pathlib import Path

import click

from wabolt.site import home
from wabolt.site.terminal import say
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


@click.command(help=_("Write a file for a bug report. It contains no data about your customers and no secrets."))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
def report(file: Path | None) -> None:
    """``wabolt report [FILE]``."""
    from wabolt.site.report import make_report

    target = file or Path(f"wabolt-report-{datetime.now().astimezone():%Y%m%d-%H%M%S}.zip")
    try:
        make_report(target)
    except FileExistsError as error:
        raise click.ClickException(_("{file} exists already.").format(file=target)) from error
    say(_("Written: {file}").format(file=target.absolute()))
    say(_("It contains versions, findings, figures and log lines. Look at it before you send it."))
