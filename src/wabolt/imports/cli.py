"""`wabolt import KIND FILE`: one command for each registered importer."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.imports import services
from wabolt.imports.models import Import
from wabolt.imports.registry import IGNORE, Importer, importer_of, importers
from wabolt.lib.errors import DomainError


class ImportGroup(click.Group):
    """A command group with one command for each registered importer."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [importer.kind for importer in importers()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        try:
            return _command(importer_of(cmd_name))
        except KeyError:
            return None


def _command(importer: Importer) -> click.Command:
    options: list[click.Parameter] = [
        click.Argument(["file"], type=click.Path(exists=True, dir_okay=False, path_type=Path)),
        click.Option(["--workspace"], help=_("Name or id of the workspace. Not needed if there is only one.")),
        click.Option(
            ["--sheet"],
            default="",
            help=_("The sheet of a workbook. Default: the first sheet that looks like a table."),
        ),
        click.Option(
            ["--map", "pairs"], multiple=True, metavar='"COLUMN=TARGET"', help=_("Sets the target of a column.")
        ),
        click.Option(["--yes"], is_flag=True, help=_("Starts without asking whether the columns are right.")),
        click.Option(
            ["--refused", "refused_file"],
            type=click.Path(dir_okay=False, writable=True, path_type=Path),
            help=_("The file for refused rows. Default: next to FILE."),
        ),
    ]
    if importer.start:
        options += [
            click.Option([f"--{name.replace('_', '-')}"], default="", help=str(field.label))
            for name, field in importer.start.form().fields.items()
        ]
    return click.Command(
        importer.kind,
        params=options,
        callback=lambda file, **given: run_command(importer, file, given),
        help="\n\n".join(
            [
                _("Import from FILE (CSV, XLSX, XLS, ODS). Importing a file twice changes nothing."),
                _("Exits with 0 if the import ended, also if rows were refused, else with 1."),
            ]
        ),
    )


def run_command(importer: Importer, file: Path, options: dict[str, Any]) -> None:
    """Uploads the file, shows the columns, runs the import in this process with a progress bar, and writes the refused
    rows to a file. `options`: values of the command's options by name; those of the start step are its answers."""
    answers = dict(options)
    yes, pairs, refused_file = answers.pop("yes"), answers.pop("pairs"), answers.pop("refused_file")
    shop, sheet = find_workspace(answers.pop("workspace")), answers.pop("sheet")
    try:
        with file.open("rb") as opened:
            imported = services.start_import(
                workspace=shop, kind=importer.kind, file=opened, filename=file.name, sheet=sheet
            )
        imported = services.set_mapping(
            workspace=shop, import_id=imported.pk, mapping=_corrections(imported, importer, pairs)
        )
        _show_columns(imported)
        _show_notices(imported, importer)
        if not yes and not click.confirm(_("Import like this?"), default=True):
            services.cancel_import(workspace=shop, import_id=imported.pk)
            raise click.Abort
        services.queue_import(workspace=shop, import_id=imported.pk, answers=answers, background=False)
    except DomainError as problem:
        raise click.ClickException(str(problem)) from problem
    _run(imported)
    imported.refresh_from_db()
    _report(imported, refused_file or file.with_name(f"{file.stem}-refused.csv"))


def find_workspace(name: str | None) -> Workspace:
    """Returns the workspace of this name or number, or the only one if none is given. Raises click.UsageError."""
    shops = Workspace.objects.order_by("id")
    named = shops
    if name:
        named = shops.filter(pk=int(name)) if name.isdigit() else shops.filter(name__iexact=name)
    chosen = list(named[:2])
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(f"{shop.pk} ({shop.name})" for shop in shops[:20]) or _("none yet")
    raise click.UsageError(_("Choose a workspace with --workspace: %s.") % names)


def _corrections(imported: Import, importer: Importer, pairs: Sequence[str]) -> Mapping[int, str]:
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
    targets = importer.targets(imported.workspace)
    repeatable = {target.key for target in targets if target.repeatable}
    # A target that `--map` assigns to a column is removed from the column for which it was guessed.
    for index, target in imported.mapping.items():
        if int(index) not in chosen and target in chosen.values() and target not in repeatable:
            chosen[int(index)] = IGNORE
    known = {target.key for target in targets} | {IGNORE}
    for target in chosen.values():
        if target not in known:
            words = _("“%(target)s” is not one of these: %(known)s.") % {
                "target": target,
                "known": ", ".join(sorted(known)),
            }
            raise click.BadParameter(words, param_hint="--map")
    return chosen


def _show_columns(imported: Import) -> None:
    if sheets := imported.options.get("sheets"):
        values = {"sheet": imported.options["sheet"], "sheets": ", ".join(sheets)}
        click.echo(_("Only the sheet “%(sheet)s” is read, of: %(sheets)s.") % values)
    for index, name in enumerate(imported.columns):
        click.echo(f"  {name:<30} → {imported.mapping.get(str(index), IGNORE)}")


def _show_notices(imported: Import, importer: Importer) -> None:
    rows = [(int(number), list(cells)) for number, cells in imported.options.get("sample", [])]
    for notice in importer.preview(imported, rows).notices:
        click.echo(notice)
    if importer.start:
        for notice in importer.start.notices(imported):
            click.echo(notice)


def _run(imported: Import) -> None:
    with click.progressbar(length=1, label=_("Importing"), show_pos=True) as bar:

        def show(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        services.run_import(imported.pk, progress=show)


def _report(imported: Import, refused_file: Path) -> None:
    counts = {
        "new": imported.created, "changed": imported.updated, "same": imported.unchanged,
        "refused": imported.rejected,
    }  # fmt: skip
    click.echo(_("%(new)s new, %(changed)s changed, %(same)s unchanged, %(refused)s refused.") % counts)
    for notice in importer_of(imported.kind).result_notices(imported):
        click.echo(notice)
    if imported.rejected:
        with refused_file.open("wb") as out:
            out.writelines(services.rejected_csv(imported, imported.workspace.language))
        click.echo(_("Refused rows with their reasons: %s") % refused_file)
    if imported.state != Import.State.DONE:
        why = services.error_text(str(imported.error.get("code")), imported.error.get("params") or {})
        raise click.ClickException(
            why if imported.error else _("The import has not ended: %s.") % imported.get_state_display()
        )


import_group = ImportGroup("import", help=_("Import contacts, orders and other data from a file."))
commands: list[click.Command] = [import_group]
