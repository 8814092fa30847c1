"""The root command: commands of the installation are listed here, commands of rooms come from the rooms."""

import errno
from collections.abc import Callable
from importlib import import_module
from typing import Any

import click

from wabolt import __version__
from wabolt.lib.disk import is_disk_full
from wabolt.site import home
from wabolt.site.command import rooms
from wabolt.site.postgres import ClusterError
from wabolt.site.terminal import say
from wabolt.site.words import _, translate_click

# name -> (module, attribute); imported on use, so that --help and the supervisor start fast and stay small
OWN = {
    "up": ("running", "up"),
    "demo": ("running", "demo"),
    "web": ("running", "web"),
    "worker": ("running", "worker"),
    "gateway": ("running", "gateway"),
    "consumer": ("running", "consumer"),
    "domain": ("domain", "domain"),
    "migrate": ("data", "migrate"),
    "manage": ("data", "manage"),
    "backup": ("backups", "backup"),
    "restore": ("backups", "restore"),
    "backup-key": ("backups", "backup_key"),
    "check-backup": ("backups", "check_backup"),
    "doctor": ("doctor", "doctor"),
    "install-service": ("service", "install_service"),
    "report": ("monitoring", "report"),
    "metrics-token": ("monitoring", "metrics_token"),
}
# a folder without permission is not an error of the program: no traceback
OWNERS_TO_MEND = {errno.EROFS, errno.EACCES, errno.EPERM}


class WaboltGroup(click.Group):
    """Finds a command of ours by name, and a room's command when it is requested."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Returns all names, ours first."""
        return [*OWN, *sorted(rooms.commands_for_help())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Returns one command. For a room's command the database is started and runs until the command has ended."""
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
        """Finds the requested command. The help text of a command does not start the database."""
        if "--help" in args[1:]:
            ctx.meta["help"] = True
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands in the help without starting the database."""
        ctx.meta["help"] = True
        super().format_commands(ctx, formatter)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command. Expected errors of the installation or of a room are printed as one line, without a
        traceback."""
        try:
            return _telling(lambda: super(WaboltGroup, self).invoke(ctx))
        except click.UsageError:
            raise  # click prints the usage with it
        except click.ClickException as error:
            say(_("Error: {message}").format(message=error.format_message()))
            ctx.exit(error.exit_code)
        except click.Abort:
            say(_("Cancelled."))
            ctx.exit(1)


def _telling(run: Callable[[], Any]) -> Any:
    from wabolt.lib.errors import DomainError

    try:
        return run()
    except (ClusterError, DomainError) as error:
        raise click.ClickException(str(error)) from error
    except Exception as error:
        if is_disk_full(error):
            message = _("The disk is full. Make room, then try again. No data is lost.")
            raise click.ClickException(message) from error
        if not isinstance(error, OSError) or error.errno not in OWNERS_TO_MEND:
            raise
        raise click.ClickException(f"{error.filename or home.home()}: {error.strerror}") from error


@click.group(cls=WaboltGroup, help=_("WABolt: your contacts, their consent and your WhatsApp messages."))
@click.version_option(__version__, prog_name="wabolt")
def cli() -> None:
    """The root command does nothing by itself."""


def main() -> None:
    """Entry point of the console script."""
    translate_click()
    cli(prog_name="wabolt")
