"""Access to files, and headers that keep browsers from acting on them."""

import pytest
from django.test import Client
from django.urls import reverse
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_member, make_workspace, sign_in
from wabolt.media.models import MediaFile
from wabolt.media.services import Examined, keep_media
from wabolt.media.tests.factories import PDF_BYTES, make_media

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace()


@pytest.fixture
def viewer(client: Client, workspace: Workspace) -> Client:
    sign_in(client, make_member(workspace, "viewer"))
    return client


def address(media: MediaFile) -> str:
    return reverse("media:file", args=[media.pk])


def test_picture_is_shown_and_cannot_run_anything(viewer: Client, workspace: Workspace) -> None:
    media = make_media(workspace)
    response = viewer.get(address(media))
    assert response.status_code == 200
    assert len(response.content) == media.size
    assert response["Content-Type"] == "image/jpeg"
    assert response["Content-Disposition"].startswith("inline")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cache-Control"].startswith("private")


def test_document_is_handed_over_as_a_file(viewer: Client, workspace: Workspace) -> None:
    response = viewer.get(address(make_media(workspace, PDF_BYTES, "Katalog Lebaran é.pdf")))
    assert response.content == PDF_BYTES
    assert response["Content-Disposition"].startswith("attachment")
    assert "Katalog" in response["Content-Disposition"]
    assert response["Content-Type"] == "application/octet-stream"


@each("mime_type", ["text/html", "image/svg+xml", "application/xhtml+xml; x=y", "TEXT/HTML"], undone=True)
def test_a_received_file_is_never_opened_as_a_page(viewer: Client, workspace: Workspace, mime_type: str) -> None:
    media = keep_media(workspace=workspace, data=b"<script>1</script>", examined=Examined("document", mime_type))
    response = viewer.get(address(media))
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")


def test_a_browser_that_has_it_is_told_so_without_its_bytes(
    viewer: Client, workspace: Workspace, django_assert_num_queries: object
) -> None:
    media = make_media(workspace)
    etag = viewer.get(address(media))["ETag"]
    assert etag == f'"{media.sha256}"'
    again = viewer.get(address(media), headers={"If-None-Match": etag})
    assert again.status_code == 304
    assert again.content == b""
    head = viewer.head(address(media))
    assert head["Content-Length"] == str(media.size)
    assert head.content == b""


def test_another_workspace_finds_nothing(viewer: Client) -> None:
    assert viewer.get(address(make_media(make_workspace("Lain")))).status_code == 404


def test_a_visitor_is_sent_to_sign_in(client: Client, workspace: Workspace) -> None:
    assert client.get(address(make_media(workspace))).status_code == 302
