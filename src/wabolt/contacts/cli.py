"""`wabolt import contacts FILE`, and one command for every other kind of import that a room has registered."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Import
from wabolt.contacts.services import imports
from wabolt.contacts.services.imports import rejected
from wabolt.contacts.services.imports.permissions import COUNTED
from wabolt.lib.errors import DomainError


class ImportGroup(click.Group):
    """Has a command for each registered importer."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [importer.kind for importer in imports.importers()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        try:
            return _command(imports.importer_of(cmd_name))
        except KeyError:
            return None


def _command(importer: imports.Importer) -> click.Command:
    options: list[click.Parameter] = [
        click.Argument(["file"], type=click.Path(exists=True, dir_okay=False, path_type=Path)),
        click.Option(["--workspace"], help=_("Name or number of the shop; not needed where there is only one.")),
        click.Option(
            ["--sheet"], default="", help=_("Which sheet of a workbook; the first with something in it if left out.")
        ),
        click.Option(["--map", "pairs"], multiple=True, metavar='"COLUMN=TARGET"', help=_("Correct what a column is.")),
        click.Option(["--yes"], is_flag=True, help=_("Do not ask whether the columns are right.")),
        click.Option(
            ["--refused", "refused_file"],
            type=click.Path(dir_okay=False, writable=True, path_type=Path),
            help=_("Where refused rows go; beside FILE when left out."),
        ),
    ]
    if importer.asks_consent:
        options += [
            click.Option(["--consent-statement"], default="", help=_("Where and how the people agreed to promotions.")),
            click.Option(["--source"], default="", help=_("Kept for people whose row names no source.")),
            click.Option(["--tag", "tags"], multiple=True, help=_("A label for everybody in the file.")),
        ]
    return click.Command(
        importer.kind,
        params=options,
        callback=lambda **given: bring_in(importer, **given),
        help="\n\n".join(
            [
                _("Import from FILE (CSV, XLSX, XLS, ODS). Importing a file twice changes nothing."),
                _("Exits with 0 when the file was worked off, also where rows were refused, else with 1."),
            ]
        ),
    )


def bring_in(
    importer: imports.Importer,
    file: Path,
    workspace: str | None,
    sheet: str,
    pairs: Sequence[str],
    yes: bool,
    refused_file: Path | None,
    **options: Any,
) -> None:
    """Uploads, shows the columns, runs in this process with a bar, and writes the refused rows beside the file."""
    shop = find_workspace(workspace)
    try:
        with file.open("rb") as opened:
            imported = imports.start_import(
                workspace=shop, kind=importer.kind, file=opened, filename=file.name, sheet=sheet
            )
        imported = imports.set_mapping(
            workspace=shop, import_id=imported.pk, mapping=_corrections(imported, importer, pairs)
        )
        _show_columns(imported)
        _show_permissions(imported)
        if not yes and not click.confirm(_("Import like this?"), default=True):
            imports.cancel_import(workspace=shop, import_id=imported.pk)
            raise click.Abort
        imports.queue_import(workspace=shop, import_id=imported.pk, background=False, **options)
    except DomainError as problem:
        raise click.ClickException(str(problem)) from problem
    _run(imported)
    imported.refresh_from_db()
    _report(imported, refused_file or file.with_name(f"{file.stem}-refused.csv"))


def find_workspace(wanted: str | None) -> Workspace:
    """The shop of this name or number; the only one when nothing is said."""
    shops = Workspace.objects.order_by("id")
    if wanted:
        found = shops.filter(pk=int(wanted)) if wanted.isdigit() else shops.filter(name__iexact=wanted)
    else:
        found = shops
    chosen = list(found[:2])
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(f"{shop.pk} ({shop.name})" for shop in shops[:20]) or _("none yet")
    raise click.UsageError(_("Say which shop with --workspace. There is: %s.") % names)


def _corrections(imported: Import, importer: imports.Importer, pairs: Sequence[str]) -> Mapping[int, str]:
    places = {name.strip().lower(): index for index, name in reversed(list(enumerate(imported.columns)))}
    chosen: dict[int, str] = {}
    for pair in pairs:
        name, sign, target = pair.rpartition("=")
        index = places.get(name.strip().lower())
        if not sign or index is None:
            columns = ", ".join(map(str, imported.columns))
            words = _("“%(pair)s”: the columns are %(columns)s.") % {"pair": pair, "columns": columns}
            raise click.BadParameter(words, param_hint="--map")
        chosen[index] = target.strip()
    # A target that is said for one column is taken from the column that was guessed to be it.
    for index, target in imported.mapping.items():
        if int(index) not in chosen and target in chosen.values() and not target.startswith("new:"):
            chosen[int(index)] = "ignore"
    known = {target.key for target in importer.targets(imported.workspace)} | {"ignore"}
    for target in chosen.values():
        if target not in known and not target.startswith("new:"):
            words = _("“%(target)s” is none of %(known)s.") % {"target": target, "known": ", ".join(sorted(known))}
            raise click.BadParameter(words, param_hint="--map")
    return chosen


def _show_columns(imported: Import) -> None:
    if sheets := imported.options.get("sheets"):
        told = {"sheet": imported.options["sheet"], "sheets": ", ".join(sheets)}
        click.echo(_("Only the sheet “%(sheet)s” is read, of: %(sheets)s.") % told)
    for index, name in enumerate(imported.columns):
        click.echo(f"  {name:<30} → {imported.mapping.get(str(index), 'ignore')}")


def _show_permissions(imported: Import) -> None:
    counts = imports.count_permissions(imported)
    if counts is not None:
        click.echo(_("Permission: %(yes)s rows say yes, %(no)s say no.") % {"yes": counts.yes, "no": counts.no})
        if not counts.whole:
            click.echo(_("Counted among the first %s rows.") % f"{COUNTED:,}")
        if counts.ending:
            words = ngettext(
                "%s person who had agreed says no now: the permission ends.",
                "%s people who had agreed say no now: their permission ends.",
                counts.ending,
            )
            click.echo(words % counts.ending)


def _run(imported: Import) -> None:
    with click.progressbar(length=1, label=_("Importing"), show_pos=True) as bar:

        def show(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        imports.run_import(imported.pk, progress=show)


def _report(imported: Import, refused_file: Path) -> None:
    told = {
        "new": imported.created, "changed": imported.updated, "same": imported.unchanged,
        "refused": imported.rejected, "consents": imported.consents,
    }  # fmt: skip
    click.echo(
        _("%(new)s new, %(changed)s changed, %(same)s as before, %(refused)s refused; %(consents)s new permissions.")
        % told
    )
    if ended := imported.warnings.get(imports.ENDED):
        words = ngettext(
            "%s permission has ended, because the file says no.",
            "%s permissions have ended, because the file says no.",
            int(ended["count"]),
        )
        click.echo(words % ended["count"])
    if imported.rejected:
        with refused_file.open("wb") as out:
            out.writelines(rejected.csv_file(imported, imported.workspace.language))
        click.echo(_("Refused rows with their reasons: %s") % refused_file)
    if imported.state != Import.State.DONE:
        why = imports.trouble_text(str(imported.error.get("code")), imported.error.get("params") or {})
        raise click.ClickException(
            why if imported.error else _("The import is not done: %s.") % imported.get_state_display()
        )


import_group = ImportGroup("import", help=_("Bring contacts, orders and the like in from a file."))
commands: list[click.Command] = [import_group]
