"""The import wizard: file, columns, start step, result."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wabolt.accounts.queries import user_of, workspace_of
from wabolt.accounts.services import record_audit
from wabolt.imports import queries, services
from wabolt.imports.forms import UploadForm
from wabolt.imports.models import Import, ImportRejection
from wabolt.imports.registry import (
    IGNORE,
    Importer,
    Row,
    Target,
    importer_of,
    importers,
    is_quiet,
    next_steps,
    reason,
    reason_title,
)
from wabolt.lib.errors import DomainError
from wabolt.lib.web import accepts_body, answer_poll, long_response, render_page, requires
from wabolt.ui.forms import show_refusal

SAMPLES = 3
PREVIEWED = 5


@requires("manager")
@require_safe
def import_list(request: HttpRequest) -> HttpResponse:
    """The list of past imports."""
    rows = queries.imports(workspace_of(request))[:100]
    context = {"imports": rows, "importers": importers(), "home": importers()[0].home}
    return render(request, "imports/list.html", context)


@long_response
@accepts_body(settings.IMPORT_MAX_BYTES)
@requires("manager")
@require_http_methods(["GET", "POST"])
def import_new(request: HttpRequest) -> HttpResponse:
    """Step 1: the file."""
    kind = request.POST.get("kind") or request.GET.get("kind") or importers()[0].kind
    try:
        importer = importer_of(kind)
    except KeyError:
        raise Http404 from None
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            imported = services.start_import(
                workspace=workspace_of(request),
                kind=kind,
                file=upload.file,
                filename=upload.name,
                created_by=user_of(request),
            )
        except DomainError as problem:
            form.add_error("file", str(problem))
        else:
            return redirect("imports:columns", imported.pk)
    context = {"form": form, "importer": importer, "importers": importers(), "steps": _steps(importer)}
    return render(request, "imports/file.html", context, status=422 if request.method == "POST" else 200)


@long_response
@requires("manager")
@require_http_methods(["GET", "POST"])
def import_columns(request: HttpRequest, import_id: int) -> HttpResponse:
    """Step 2: the target of each column, with its first values and the first rows as they would be stored."""
    imported = _import_or_404(request, import_id)
    if imported.state != Import.State.MAPPING:
        return redirect("imports:detail", imported.pk)
    importer, problem = importer_of(imported.kind), None
    if "sheet" in request.POST:
        return _take_sheet(request, imported)
    if request.method == "POST":
        chosen = {
            index: request.POST[f"column_{index}"]
            for index in range(len(imported.columns))
            if f"column_{index}" in request.POST
        }
        try:
            imported = services.set_mapping(
                workspace=workspace_of(request),
                import_id=imported.pk,
                mapping=chosen,
                day_first={"yes": True, "no": False}.get(request.POST.get("day_first", "")),
            )
        except DomainError as refused:
            problem = refused
            imported.mapping |= {str(index): target for index, target in chosen.items()}
        else:
            if "look" not in request.POST:
                return redirect("imports:start", imported.pk)
    rows = [(int(number), list(cells)) for number, cells in imported.options.get("sample", [])]
    targets = importer.targets(imported.workspace)
    dates = {target.key for target in targets if target.is_date}
    context: dict[str, Any] = {
        "imported": imported,
        "importer": importer,
        "steps": _steps(importer),
        **_columns(imported, targets, rows, problem),
        "problem": problem,
        "only_preview": bool(request.headers.get("HX-Request")),
        **_faulty_column(imported, problem),
        **_preview(importer, imported, rows, problem),
        "day_first": imported.options.get("day_first", True),
        "has_dates": not dates.isdisjoint(imported.mapping.values()),
    }
    return render_page(request, "imports/columns.html", context, fragments=("preview",), status=422 if problem else 200)


def _faulty_column(imported: Import, problem: DomainError | None) -> dict[str, str]:
    """Returns the name of the column that was refused, and the id of its choice; empty if no single column is at
    fault."""
    at = "" if problem is None else str(problem.field)
    if not at.isdigit() or int(at) >= len(imported.columns):
        return {"problem_column": "", "problem_anchor": ""}
    return {"problem_column": imported.columns[int(at)], "problem_anchor": f"column-{at}"}


def _take_sheet(request: HttpRequest, imported: Import) -> HttpResponse:
    try:
        services.choose_sheet(workspace=imported.workspace, import_id=imported.pk, sheet=request.POST["sheet"])
    except DomainError as problem:
        messages.error(request, str(problem))
    return redirect("imports:columns", imported.pk)


@requires("manager")
@require_http_methods(["GET", "POST"])
def import_start(request: HttpRequest, import_id: int) -> HttpResponse:
    """Step 3: the importer's questions, then the start."""
    imported = _import_or_404(request, import_id)
    if imported.state != Import.State.MAPPING:
        return redirect("imports:detail", imported.pk)
    importer = importer_of(imported.kind)
    step = importer.start
    form = step.form(request.POST if request.method == "POST" else None) if step else None
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            services.queue_import(
                workspace=workspace_of(request),
                import_id=imported.pk,
                answers=form.cleaned_data if form else None,
            )
        except DomainError as problem:
            if form is None or problem.field == "mapping":
                messages.error(request, str(problem))
                return redirect("imports:columns", imported.pk)
            show_refusal(form, problem)
        else:
            return redirect("imports:detail", imported.pk)
    context: dict[str, Any] = {"imported": imported, "importer": importer, "steps": _steps(importer), "form": form}
    if step:
        context |= step.context(imported)
    return render(request, "imports/start.html", context, status=422 if form and form.errors else 200)


@requires("manager")
@require_safe
def import_detail(request: HttpRequest, import_id: int) -> HttpResponse:
    """Step 4: the progress, then the result."""
    imported = _import_or_404(request, import_id)
    importer = importer_of(imported.kind)
    if imported.state == Import.State.MAPPING:
        return redirect("imports:columns", imported.pk)
    working = imported.state in {Import.State.QUEUED, Import.State.RUNNING}
    if request.headers.get("HX-Target") == "progress":
        return _progress(request, imported, importer, working=working)
    labels = {target.key: target.label for target in importer.targets(imported.workspace)}
    context = {
        "imported": imported,
        "importer": importer,
        "steps": _steps(importer),
        "working": working,
        "warnings": [
            _warning(labels, code, entry) for code, entry in sorted(imported.warnings.items()) if not is_quiet(code)
        ],
        "next_steps": [] if working else next_steps(imported),
        "result": importer.result_context(imported),
        "reasons": [] if working else _reasons(imported),
        "refused": [] if working else [_refused(row) for row in queries.first_rejections(imported)],
        "problem": services.error_text(str(imported.error.get("code")), imported.error.get("params") or {})
        if imported.error
        else "",
    }
    return render(request, "imports/detail.html", context)


def _progress(request: HttpRequest, imported: Import, importer: Importer, *, working: bool) -> HttpResponse:
    """Returns the fragment that the page polls while the import runs. Afterwards it makes the page reload."""
    if not working:
        return HttpResponse(headers={"HX-Refresh": "true"})
    result = importer.result_context(imported)
    counts = (imported.created, imported.updated, imported.unchanged, imported.rejected)
    context = {"imported": imported, "importer": importer, "working": working, "result": result}
    return answer_poll(
        request,
        (imported.state, imported.next_row, imported.rows_total, counts, result),
        lambda: render_page(request, "imports/detail.html", context, fragments=("progress",)),
    )


@requires("manager")
@require_POST
def import_cancel(request: HttpRequest, import_id: int) -> HttpResponse:
    """Stops an import. Stored rows stay."""
    imported = _import_or_404(request, import_id)
    services.cancel_import(workspace=workspace_of(request), import_id=imported.pk)
    messages.success(request, _("The import was stopped. Stored rows stay."))
    if imported.state == Import.State.MAPPING:
        return redirect("imports:list")
    return redirect("imports:detail", imported.pk)


@long_response
@requires("manager")
@require_safe
def import_rejected(request: HttpRequest, import_id: int) -> HttpResponseBase:
    """The file of refused rows."""
    imported = _import_or_404(request, import_id)
    record_audit(request=request, action="import.rejected", target=("import", imported.pk))
    name = imported.filename.rsplit(".", 1)[0].replace('"', "").encode("ascii", "ignore").decode() or "import"
    pieces = services.rejected_csv(imported, translation.get_language() or "id")
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    ending = _("refused")
    response["Content-Disposition"] = f'attachment; filename="{name}-{ending}.csv"'
    return response


def _import_or_404(request: HttpRequest, import_id: int) -> Import:
    try:
        imported = queries.get_import(workspace_of(request), import_id)
        importer_of(imported.kind)
    except (Import.DoesNotExist, KeyError):
        raise Http404 from None
    return imported


def _steps(importer: Importer) -> list[str]:
    third = str(importer.start.label) if importer.start else _("Start")
    return [_("File"), _("Match columns"), third, _("Result")]


def _columns(
    imported: Import, targets: Sequence[Target], rows: list[Row], problem: DomainError | None
) -> dict[str, Any]:
    """Returns every column with its first three different values and the choices of its select.

    `columns`: those that the owner should check. `sure`: the others, which are folded unless one of them has the
    problem (`unfolded`).
    """
    groups: dict[str, list[tuple[str, str]]] = {}
    for target in targets:
        groups.setdefault(str(target.group), []).append((target.key, str(target.label)))
    sure = {int(index) for index in imported.options.get("sure", ())}
    open_ones: list[dict[str, Any]] = []
    folded: list[dict[str, Any]] = []
    for index, name in enumerate(imported.columns):
        values = [cells[index] for _row, cells in rows if index < len(cells) and cells[index].strip()]
        chosen = imported.mapping.get(str(index), IGNORE)
        empty = chosen == IGNORE and not values
        (folded if index in sure or empty else open_ones).append(
            {
                "index": str(index),
                "name": name,
                "samples": list(dict.fromkeys(values))[:SAMPLES],
                "chosen": chosen,
                "groups": [(group, [(*own, own[0] == chosen) for own in choices]) for group, choices in groups.items()],
            }
        )
    fault = problem.field if problem is not None else None
    unfolded = any(column["index"] == fault for column in folded)
    return {"columns": open_ones, "sure": folded, "unfolded": unfolded, "formulas": _formulas(imported)}


def _formulas(imported: Import) -> list[tuple[str, int]]:
    """Returns (column, number of cells) for formulas without a stored result."""
    counts = imported.options.get("formulas", {})
    return [(imported.columns[int(i)], count) for i, count in counts.items() if int(i) < len(imported.columns)]


def _preview(
    importer: Importer, imported: Import, rows: list[Row], problem: DomainError | None
) -> dict[str, dict[str, Any] | str | None]:
    """Returns the first rows, each value with its column label (on a phone a row is drawn as a card).

    If the mapping lacks a column, returns the missing column (`missing`) instead, because every row would be refused.
    """
    if problem is not None:
        return {"preview": None, "missing": ""}
    try:
        importer.check(imported)
    except DomainError as lacking:
        return {"preview": None, "missing": str(lacking)}
    found = importer.preview(imported, rows)
    shown = [
        (number, values if refused else list(zip(found.columns, values, strict=False)), refused)
        for number, values, refused in found.rows[:PREVIEWED]
    ]
    return {"preview": {"columns": found.columns, "rows": shown, "notices": found.notices}, "missing": ""}


def _warning(labels: Mapping[str, str | Promise], code: str, entry: dict[str, Any]) -> dict[str, Any]:
    target, _sign, why = code.rpartition(":")
    label = labels.get(target, target.removeprefix("field:"))
    return {"target": label, "why": reason_title(why), "count": entry["count"], "rows": entry["rows"]}


def _refused(row: ImportRejection) -> dict[str, Any]:
    """Returns the number of a refused row, its first cells with a value, and the reason."""
    cells = [str(cell).strip() for cell in row.cells]
    return {"row": row.row, "cells": [cell for cell in cells if cell][:SAMPLES], "why": reason(row.code, row.params)}


def _reasons(imported: Import) -> list[tuple[str, int]]:
    """Returns (title of the reason, number of refused rows)."""
    return [(reason_title(code), count) for code, count in queries.rejection_counts(imported)]
