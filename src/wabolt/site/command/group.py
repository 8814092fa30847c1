"""The command's root: what belongs to the installation stands here, what belongs to a room comes from the room."""

import errno
from collections.abc import Callable
from importlib import import_module
from typing import Any

import click

from wabolt import __version__
from wabolt.site import home
from wabolt.site.command import rooms
from wabolt.site.postgres import ClusterError
from wabolt.site.words import _

# name -> (module, attribute); imported when used, because --help and the supervisor have to stay quick and small
OWN = {
    "up": ("running", "up"),
    "demo": ("running", "demo"),
    "web": ("running", "web"),
    "worker": ("running", "worker"),
    "gateway": ("running", "gateway"),
    "consumer": ("running", "consumer"),
    "migrate": ("data", "migrate"),
    "manage": ("data", "manage"),
    "backup": ("data", "backup"),
    "restore": ("data", "restore"),
    "backup-key": ("data", "backup_key"),
    "check-backup": ("data", "check_backup"),
    "doctor": ("doctor", "doctor"),
}
# what a full disk and a folder that is not ours answer: no fault of the program, and no trace tells more
OWNERS_TO_MEND = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}


class WaboltGroup(click.Group):
    """Finds our own commands by name and the rooms' commands when one of those is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, ours first."""
        return [*OWN, *sorted(rooms.commands_for_help())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One command. A room's needs the database: it is started and stays until the command has ended."""
        if cmd_name in OWN:
            module, attribute = OWN[cmd_name]
            command: click.Command = getattr(import_module(f"wabolt.site.command.{module}"), attribute)
            return command
        if ctx.resilient_parsing or "help" in ctx.meta:
            return rooms.commands_for_help().get(cmd_name)
        return rooms.command_with_database(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the command that is asked for; to explain it, no database is started."""
        if "--help" in args[1:]:
            ctx.meta["help"] = True
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in the help, for which no database is started."""
        ctx.meta["help"] = True
        super().format_commands(ctx, formatter)

    def invoke(self, ctx: click.Context) -> Any:
        """Run; what can go wrong with the installation or in a room's rules is told in one line, not as a trace."""
        return _telling(lambda: super(WaboltGroup, self).invoke(ctx))


def _telling(run: Callable[[], Any]) -> Any:
    from wabolt.lib.errors import DomainError

    try:
        return run()
    except (ClusterError, DomainError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        if error.errno not in OWNERS_TO_MEND:
            raise
        raise click.ClickException(f"{error.filename or home.home()}: {error.strerror}") from error


@click.group(cls=WaboltGroup, help=_("WABolt: your contacts, their consent and your WhatsApp messages."))
@click.version_option(__version__, prog_name="wabolt")
def cli() -> None:
    """The root does nothing by itself."""


def main() -> None:
    """Entry point of the console script."""
    cli(prog_name="wabolt")
