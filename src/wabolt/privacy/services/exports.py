"""The copy of a person's data: a ZIP with a page to read (PDF), the same data for programs (JSON), and the files."""

import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from wabolt.accounts.models import User
from wabolt.contacts.models import ContactView
from wabolt.contacts.queries import with_absorbed
from wabolt.contacts.services import note_view
from wabolt.lib import clock, formats
from wabolt.media.models import MediaFile
from wabolt.messaging.models import Message
from wabolt.privacy.letters import Paper
from wabolt.privacy.models import EXPORT_VALID_FOR, DataExport, DataRequest, RequestStep
from wabolt.privacy.queries import AGAIN_FOR, NOT_LEFT_OUT, Section, digest_of, is_usable, lines_of, sections_of
from wabolt.privacy.services.requests import add_step

MOST_FILES = 40 * 1024 * 1024
"""Bytes of files of messages in one copy. The page names the files that had no room."""


@dataclass(frozen=True, slots=True)
class Made:
    """A copy that was just made: the row, the token of its link, and the page to read."""

    pack: DataExport
    token: str
    pdf: bytes


@transaction.atomic
def make_export(*, request: DataRequest, actor: User, left_out: Collection[str] = ()) -> Made:
    """Makes the copy for a request. `left_out`: keys of sections that would reveal other people.

    An earlier copy of the request stops working.
    """
    workspace, contact = request.workspace, request.contact
    note_view(workspace=workspace, contact_id=contact.pk, user=actor, how=ContactView.How.PACK)
    with override(workspace.language):
        every = sections_of(workspace, contact)
        skipped = sorted({section.key for section in every} & set(left_out) - NOT_LEFT_OUT)
        sections = [section for section in every if section.key not in skipped]
        files, missing = _files(request)
        pdf = _page(request, sections, missing, bool(skipped))
    data = _zip(request, sections, pdf, files)
    DataExport.objects.filter(request=request).update(data=b"", expires_at=clock.now())
    token = secrets.token_urlsafe(32)
    pack = DataExport.objects.create(
        request=request,
        digest=digest_of(token),
        data=data,
        size=len(data),
        left_out=skipped,
        expires_at=clock.now() + EXPORT_VALID_FOR,
    )
    add_step(request, RequestStep.Kind.PACKED, actor, ", ".join(skipped))
    return Made(pack, token, pdf)


@transaction.atomic
def open_export(*, token: str) -> DataExport | None:
    """The copy behind a link, for a download now; None if the link is unknown, used or over. It works once; a download
    that broke off may be repeated within `AGAIN_FOR`."""
    now = clock.now()
    pack = DataExport.objects.select_for_update().filter(digest=digest_of(token)).select_related("request").first()
    if pack is None or not is_usable(pack):
        return None
    if pack.opened_at is None:
        pack.opened_at = now
        pack.save(update_fields=["opened_at"])
        add_step(pack.request, RequestStep.Kind.DOWNLOADED, None)
    return pack


def empty_old_exports() -> int:
    """Removes the bytes of copies that were downloaded or whose time is over. Returns how many."""
    now = clock.now()
    over = Q(expires_at__lte=now) | Q(opened_at__lte=now - AGAIN_FOR)
    return DataExport.objects.filter(over).exclude(data=b"").update(data=b"")


def _files(request: DataRequest) -> tuple[list[tuple[str, bytes]], list[str]]:
    """The files of the person's messages, (name in the ZIP, bytes), and the names of those that had no room."""
    people = with_absorbed(request.workspace, [request.contact_id])
    ids = Message.objects.filter(contact__in=people, media__isnull=False).values("media")
    files: list[tuple[str, bytes]] = []
    missing: list[str] = []
    room = MOST_FILES
    for media in MediaFile.objects.filter(workspace=request.workspace, pk__in=ids).defer("data").order_by("pk"):
        ending = media.mime_type.rpartition("/")[2].partition(";")[0][:10]
        name = f"{media.pk}.{ending if ending.isalnum() else 'bin'}"
        if media.size > room:
            missing.append(media.name or name)
            continue
        room -= media.size
        files.append((f"file/{name}", bytes(MediaFile.objects.values_list("data", flat=True).get(pk=media.pk))))
    return files, missing


def _page(request: DataRequest, sections: Sequence[Section], left_out: Sequence[str], is_part: bool) -> bytes:
    workspace = request.workspace
    paper = Paper(_("Your data at %(shop)s") % {"shop": workspace.name})
    paper.heading(_("Your data at %(shop)s") % {"shop": workspace.name}, 17)
    made = formats.moment(clock.now(), workspace.tz, workspace.language)
    paper.lines([_("Made on %(time)s for your request no. %(number)s.") % {"time": made, "number": request.pk}])
    if is_part:
        paper.lines([_("Some parts are left out because they are about other people (UU PDP, article 33).")])
    for section in sections:
        paper.heading(section.title)
        paper.lines(lines_of(section), 9)
    if left_out:
        paper.heading(_("Files without room in this copy"))
        paper.lines(left_out, 9)
    return paper.finish()


def _zip(request: DataRequest, sections: Sequence[Section], pdf: bytes, files: Sequence[tuple[str, bytes]]) -> bytes:
    content = {
        "shop": request.workspace.name,
        "request": request.pk,
        "made_at": clock.now().isoformat(),
        "data": {section.key: section.raw for section in sections},
    }
    archive_file = BytesIO()
    with ZipFile(archive_file, "w", ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(content, ensure_ascii=False, indent=1, default=str))
        archive.writestr("data.pdf", pdf)
        for name, data in files:
            archive.writestr(name, data)
    return archive_file.getvalue()
