"""`wabolt import contacts FILE`, and one command for every other kind of import that a room has registered."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

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
        click.Option(["--workspace"], help="Name or number of the shop; not needed where there is only one."),
        click.Option(
            ["--sheet"], default="", help="Which sheet of a workbook; the first with something in it if left out."
        ),
        click.Option(["--map", "pairs"], multiple=True, metavar='"COLUMN=TARGET"', help="Correct what a column is."),
        click.Option(["--yes"], is_flag=True, help="Do not ask whether the columns are right."),
        click.Option(
            ["--refused", "refused_file"],
            type=click.Path(dir_okay=False, writable=True, path_type=Path),
            help="Where refused rows go; beside FILE when left out.",
        ),
    ]
    if importer.asks_consent:
        options += [
            click.Option(["--consent-statement"], default="", help="Where and how the people agreed to promotions."),
            click.Option(["--source"], default="", help="Kept for people whose row names no source."),
            click.Option(["--tag", "tags"], multiple=True, help="A label for everybody in the file."),
        ]
    return click.Command(
        importer.kind,
        params=options,
        callback=lambda **given: bring_in(importer, **given),
        help=f"Import {importer.kind} from FILE (CSV, XLSX, XLS, ODS). Importing a file twice changes nothing.\n\n"
        "Exits with 0 when the file was worked off, also where rows were refused, and with 1 when it was not.",
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
        if not yes and not click.confirm("Import like this?", default=True):
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
    names = ", ".join(f"{shop.pk} ({shop.name})" for shop in shops[:20]) or "none yet"
    raise click.UsageError(f"Say which shop with --workspace. There is: {names}.")


def _corrections(imported: Import, importer: imports.Importer, pairs: Sequence[str]) -> Mapping[int, str]:
    places = {name.strip().lower(): index for index, name in reversed(list(enumerate(imported.columns)))}
    chosen: dict[int, str] = {}
    for pair in pairs:
        name, sign, target = pair.rpartition("=")
        index = places.get(name.strip().lower())
        if not sign or index is None:
            columns = ", ".join(map(str, imported.columns))
            raise click.BadParameter(f"“{pair}”: the columns are {columns}.", param_hint="--map")
        chosen[index] = target.strip()
    # A target that is said for one column is taken from the column that was guessed to be it.
    for index, target in imported.mapping.items():
        if int(index) not in chosen and target in chosen.values() and not target.startswith("new:"):
            chosen[int(index)] = "ignore"
    known = {target.key for target in importer.targets(imported.workspace)} | {"ignore"}
    for target in chosen.values():
        if target not in known and not target.startswith("new:"):
            raise click.BadParameter(f"“{target}” is none of {', '.join(sorted(known))}.", param_hint="--map")
    return chosen


def _show_columns(imported: Import) -> None:
    if sheets := imported.options.get("sheets"):
        click.echo(f"Only the sheet “{imported.options['sheet']}” is read, of: {', '.join(sheets)}.")
    for index, name in enumerate(imported.columns):
        click.echo(f"  {name:<30} → {imported.mapping.get(str(index), 'ignore')}")


def _show_permissions(imported: Import) -> None:
    counts = imports.count_permissions(imported)
    if counts is not None:
        rows = "rows" if counts.whole else f"rows among the first {COUNTED:,}"
        click.echo(f"Permission: {counts.yes} {rows} say yes, {counts.no} say no.")
        if counts.ending:
            click.echo(f"{counts.ending} people who had agreed say no now: their permission ends.")


def _run(imported: Import) -> None:
    with click.progressbar(length=1, label="Importing", show_pos=True) as bar:

        def show(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        imports.run_import(imported.pk, progress=show)


def _report(imported: Import, refused_file: Path) -> None:
    click.echo(
        f"{imported.created} new, {imported.updated} changed, {imported.unchanged} as before, "
        f"{imported.rejected} refused; {imported.consents} new permissions."
    )
    if ended := imported.warnings.get(imports.ENDED):
        click.echo(f"{ended['count']} permissions have ended, because the file says no.")
    if imported.rejected:
        with refused_file.open("wb") as out:
            out.writelines(rejected.csv_file(imported, imported.workspace.language))
        click.echo(f"Refused rows with their reasons: {refused_file}")
    if imported.state != Import.State.DONE:
        why = imports.trouble_text(str(imported.error.get("code")), imported.error.get("params") or {})
        raise click.ClickException(why if imported.error else f"The import is {imported.state}.")


import_group = ImportGroup("import", help="Bring contacts, orders and the like in from a file.")
commands: list[click.Command] = [import_group]
