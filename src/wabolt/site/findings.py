"""A finding of ``wabolt doctor``."""

from dataclasses import dataclass
from typing import Literal

from wabolt.lib.commands import shell_command
from wabolt.site.words import _


@dataclass(frozen=True)
class Finding:
    """The result of one check: ``bad`` prevents WABolt from running, ``lacking`` limits it. ``advice``: the remedy."""

    name: str
    state: Literal["good", "lacking", "bad"]
    text: str
    advice: str = ""


def migrate_advice() -> str:
    """Returns the remedy for tables of another version."""
    return _("Bring the tables up to date: {command}").format(command=shell_command("migrate"))
