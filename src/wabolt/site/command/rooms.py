"""Commands that rooms define in their ``cli.py``."""

import os
from functools import cache
from importlib import import_module
from importlib.util import find_spec

import click

from wabolt.lib.commands import shell_command
from wabolt.site import home
from wabolt.site.database import database, set_up_django
from wabolt.site.postgres import ClusterError
from wabolt.site.words import _


@cache
def gather() -> dict[str, click.Command]:
    """Returns the commands of all installed rooms by name. Groups of one name are merged, so each room may add to
    ``import``.

    Raises RuntimeError when two rooms define the same command.
    """
    from django.apps import apps

    set_up_django()
    commands: dict[str, click.Command] = {}
    for config in apps.get_app_configs():
        if config.name.startswith("wabolt.") and find_spec(f"{config.name}.cli"):
            for command in import_module(f"{config.name}.cli").commands:
                _add(commands, command)
    return commands


def commands_for_help() -> dict[str, click.Command]:
    """Returns the rooms' commands without a database; nothing connects to the placeholder address."""
    try:
        address = home.database_url()
    except ClusterError:
        address = "postgresql:///"
    previous = os.environ.get("DATABASE_URL")
    os.environ["DATABASE_URL"] = address
    try:
        return gather()
    finally:
        if previous is None:
            del os.environ["DATABASE_URL"]


def command_with_database(ctx: click.Context, name: str) -> click.Command | None:
    """Returns the room's command ``name``, with the database running until ``ctx`` ends; None if no room has it."""
    ctx.with_resource(database(lambda text: click.echo(text, err=True)))
    command = gather().get(name)
    if command is None:
        return None
    from django.db import connection

    if "django_migrations" not in connection.introspection.table_names():
        advice = _("There is no shop here yet. Start one with: {command}")
        raise click.ClickException(advice.format(command=shell_command("up")))
    return command


def _add(commands: dict[str, click.Command], command: click.Command) -> None:
    name = command.name or ""
    known = commands.get(name)
    if known is None:
        commands[name] = command
    elif isinstance(known, click.Group) and isinstance(command, click.Group):
        merged: dict[str, click.Command] = dict(known.commands)
        for inner in command.commands.values():
            _add(merged, inner)
        commands[name] = click.Group(name, commands=merged, help=known.help or command.help)
    else:
        raise RuntimeError(f"two rooms bring the command {name!r}")
