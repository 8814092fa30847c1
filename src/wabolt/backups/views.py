"""The page "Backup" and the pages below it.

A backup holds the data of every shop of the installation, so owners of the first shop manage it.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wabolt.accounts.queries import user_of
from wabolt.accounts.services import record_audit
from wabolt.backups import queries, services
from wabolt.backups.forms import ConfirmForm, FolderForm, StorageForm, TestForm, TimeForm
from wabolt.backups.models import BackupCopy, BackupRun, BackupSettings
from wabolt.backups.places import S3, PlaceError, removable_folders
from wabolt.backups.words import sentence
from wabolt.lib import clock
from wabolt.lib.commands import shell_command
from wabolt.lib.errors import DomainError
from wabolt.lib.formats import zone_name
from wabolt.lib.web import answer_poll, edits, long_response, render_page, requires
from wabolt.ui.forms import show_refusal

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
LISTED = 40


def _managers(view: View[P]) -> View[P]:
    """Admits owners of the first shop. Below `requires("owner")`."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not queries.manages_backups(user_of(request)):
            if "copy_id" in kwargs:
                raise Http404
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@requires("owner")
@never_cache
@_managers
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Shows the newest good backup, the list of copies, the backup in progress, and links to the other pages."""
    row = services.ensure_settings()
    progress = _progress(row)
    if request.headers.get("HX-Target") == "backup-now":
        if not progress["running"] and not progress["waiting"]:
            return HttpResponse(headers={"HX-Refresh": "true"})
        run = progress["running"]
        return answer_poll(
            request,
            (run and (run.pk, run.step, run.total), progress["percent"], progress["waiting"]),
            lambda: render_page(request, "backups/page.html", progress, fragments=("backup-now",)),
        )
    context: dict[str, Any] = {
        **progress,
        "row": row,
        "runs": [_shown(run) for run in queries.kept_runs().prefetch_related("copies")[:LISTED]],
        "folder": queries.folder_path(row),
        **_state(row),
    }
    return render_page(request, "backups/page.html", context)


def _progress(row: BackupSettings) -> dict[str, Any]:
    """Returns the context of the fragment `backup-now`."""
    running = queries.running_run()
    return {
        "running": running,
        "waiting": running is None and queries.is_waiting(row),
        "percent": min(100, running.done * 100 // running.total) if running and running.total else 0,
    }


def _state(row: BackupSettings) -> dict[str, Any]:
    """Returns the facts for the head of the page."""
    newest, last, kept = queries.newest_good(), queries.last_ended_run(), queries.newest_kept()
    copies = list(kept.copies.filter(is_good=True)) if kept else []
    failed = last if last is not None and last.reason else None
    return {
        "newest": newest,
        "is_untested": failed is not None and failed.state == BackupRun.State.UNTESTED,
        "copies": copies,
        "is_old": queries.is_old(row),
        "all_on_our_disk": bool(copies) and all(copy.same_disk for copy in copies),
        "problem": sentence(failed.reason, failed.detail) if failed else "",
        "key_state": queries.key_state(row),
    }


def _shown(run: BackupRun) -> dict[str, Any]:
    return {"run": run, "copies": sorted((c for c in run.copies.all() if c.is_good), key=lambda copy: copy.place)}


@requires("owner")
@_managers
@require_POST
def now(request: HttpRequest) -> HttpResponse:
    """Asks for a backup now."""
    services.request_backup(by=user_of(request))
    messages.success(request, _("The backup starts. You can leave this page."))
    return redirect("backups:page")


@requires("owner")
@never_cache
@_managers
@require_http_methods(["GET", "POST"])
def key(request: HttpRequest) -> HttpResponse:
    """Shows the recovery key that waits for its confirmation, and confirms it."""
    if not queries.recipients_of_environment():
        services.ensure_key()
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and "withdraw" in request.POST:
        services.withdraw_key()
        return redirect("backups:page")
    if request.method == "POST" and form.is_valid():
        try:
            services.confirm_key(last_group=form.cleaned_data["last_group"], by=user_of(request))
        except DomainError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The key is confirmed. WABolt has forgotten it: only your note opens backups."))
            return redirect("backups:page")
    row = services.ensure_settings()
    context = {"form": form, "key": queries.pending_key(), "state": queries.key_state(row), "row": row}
    return render_page(request, "backups/key.html", context, status=422 if form.errors else 200)


@requires("owner")
@never_cache
@_managers
@require_GET
def key_file(request: HttpRequest) -> HttpResponse:
    """Sends the unconfirmed recovery key as a text file."""
    found = queries.pending_key()
    if not found:
        raise Http404
    shop = queries.first_shop()
    words = _("Recovery key for the backups of WABolt, shop %(shop)s. Keep it apart from the backups.") % {"shop": shop}
    response = HttpResponse(f"{words}\n\n    {found}\n", content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="kunci-pemulihan-wabolt.txt"'
    return response


@requires("owner")
@_managers
@require_POST
def new_key(request: HttpRequest) -> HttpResponse:
    """Creates a key that replaces the present one after its confirmation."""
    services.replace_key(by=user_of(request))
    return redirect("backups:key")


@requires("owner")
@never_cache
@_managers
@edits()
@require_http_methods(["GET", "POST"])
def places(request: HttpRequest) -> HttpResponse:
    """Shows and saves the time, the folder and the storage, each in its own form."""
    row = services.ensure_settings()
    sent = request.POST.get("form", "") if request.method == "POST" else ""
    data = {name: request.POST if sent == name else None for name in ("time", "folder", "storage")}
    forms = {
        "time": TimeForm(data["time"], initial={"at": row.at}, auto_id="time-%s"),
        "folder": FolderForm(
            data["folder"], initial={"use_folder": row.use_folder, "folder": row.folder}, auto_id="folder-%s"
        ),
        "storage": StorageForm(row, data["storage"], auto_id="storage-%s"),
    }
    form = forms.get(sent)
    if form is not None and form.is_valid():
        try:
            _save(form, request)
        except DomainError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("backups:places")
    context = {
        "forms": forms,
        "folders": removable_folders(),
        "own_folder": settings.BACKUP_FOLDER,
        "zone": zone_name(clock.now(), queries.zone()),
    }
    return render_page(request, "backups/places.html", context, status=422 if form is not None else 200)


def _save(form: Any, request: HttpRequest) -> None:
    by, data = user_of(request), form.cleaned_data
    match form:
        case TimeForm():
            services.save_time(at=data["at"], by=by)
        case FolderForm():
            services.save_folder(use=data["use_folder"], folder=data["folder"], by=by)
        case StorageForm():
            services.save_storage(use=data["use_s3"], storage=form.storage(), by=by)


@requires("owner")
@never_cache
@_managers
@require_GET
def restore(request: HttpRequest) -> HttpResponse:
    """The commands of a restore, on this computer and on another one."""
    row = services.ensure_settings()
    newest = queries.newest_good() or queries.newest_kept()
    copies = list(newest.copies.filter(is_good=True)) if newest else []
    name = newest.name if newest else "wabolt-....wabolt"
    context = {
        "row": row,
        "restore_file": shell_command(f"restore {name}"),
        "restore_newest": shell_command(f"restore --from s3://{row.s3_bucket}/{row.s3_prefix}".rstrip("/")),
        "commands": [shell_command(f"restore {where}") for where in [copy.where for copy in copies] or [name]],
        "up": shell_command("up"),
    }
    return render_page(request, "backups/restore.html", context)


@requires("owner")
@_managers
@require_GET
@long_response
def download(request: HttpRequest, copy_id: int) -> HttpResponseBase:
    """Sends a copy, or redirects to the storage that has it."""
    copy = _copy(copy_id)
    try:
        place = queries.place_of(services.ensure_settings(), copy.place)
        record_audit(request=request, action="backup.download", data={"name": copy.run.name})
        if isinstance(place, S3):
            return redirect(place.link(copy.run.name))
        file = (place.path / copy.run.name).open("rb")
    except PlaceError as error:
        messages.error(request, sentence(error.code, error.detail))
        return redirect("backups:page")
    except OSError:
        messages.error(request, sentence("copy_gone", copy.where))
        return redirect("backups:page")
    return FileResponse(file, as_attachment=True, filename=copy.run.name, content_type="application/octet-stream")


@requires("owner")
@never_cache
@_managers
@require_http_methods(["GET", "POST"])
def test(request: HttpRequest, copy_id: int) -> HttpResponse:
    """Tries a copy with the owner's key."""
    copy = _copy(copy_id)
    form = TestForm(request.POST if request.method == "POST" else None)
    opened = None
    if request.method == "POST" and form.is_valid():
        try:
            opened = services.try_copy(copy=copy, key=form.cleaned_data["key"])
            form = TestForm()
        except DomainError as error:
            show_refusal(form, error)
    context = {"copy": copy, "form": form, "opened": opened, "check": shell_command(f"check-backup {copy.where}")}
    return render_page(request, "backups/test.html", context, status=422 if form.errors else 200)


def _copy(copy_id: int) -> BackupCopy:
    found = queries.good_copy(copy_id)
    if found is None:
        raise Http404
    return found
