"""A text or file that a phone shared with the app: kept in the session until a composer takes it over."""

from typing import Any, NamedTuple

from django.http import HttpRequest

from wabolt.accounts.models import Workspace
from wabolt.media.models import MediaFile

_SESSION_KEY = "shared"
PARAMETER = "shared"
"""The query parameter of a composer that begins with what was shared."""


class Shared(NamedTuple):
    """A shared text ("" for none) and a shared file."""

    text: str = ""
    media: MediaFile | None = None


def keep_shared(*, request: HttpRequest, workspace: Workspace, shared: Shared) -> None:
    """Keeps a text and a stored file in the session, in place of earlier ones."""
    media = shared.media.pk if shared.media else None
    request.session[_SESSION_KEY] = {"workspace": workspace.pk, "text": shared.text, "media": media}


def shared_in(request: HttpRequest, workspace: Workspace) -> Shared:
    """The share that the session keeps for this workspace; empty for another one."""
    stored: Any = request.session.get(_SESSION_KEY)
    if not stored or stored["workspace"] != workspace.pk:
        return Shared()
    media = MediaFile.objects.defer("data").filter(workspace=workspace, pk=stored["media"]).first()
    return Shared(stored["text"], media)


def shared_for(request: HttpRequest, workspace: Workspace) -> Shared:
    """The share, if the page of a composer was opened for it (`PARAMETER`); empty for any other page."""
    return shared_in(request, workspace) if PARAMETER in request.GET else Shared()


def forget_shared(*, request: HttpRequest) -> None:
    """Forgets what was shared, because a composer has taken it over."""
    request.session.pop(_SESSION_KEY, None)
