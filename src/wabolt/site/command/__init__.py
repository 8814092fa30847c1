"""The ``wabolt`` command."""

from wabolt.site.command.group import cli, main

__all__ = ["cli", "main"]
