"""A template of Meta's with a picture or document on top."""

import pytest
from tests.cases import each

from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.providers.cloud.outgoing import body_of
from wabolt.channels.registry import Media, Outgoing, TemplateCall
from wabolt.channels.tests.factories import make_channel
from wabolt.lib.errors import DomainError
from wabolt.media.tests.factories import PDF_BYTES, make_media
from wabolt.messaging.message_templates.models import Template
from wabolt.messaging.message_templates.rules import header_file, unsupported
from wabolt.messaging.message_templates.services import create_template_content

BODY = {"type": "BODY", "text": "Halo {{1}}. Balas STOP untuk berhenti."}


def make_template(workspace, *components):
    return Template.objects.create(
        workspace=workspace, channel=make_channel(workspace, provider="cloud"), vendor_id="1", name="promo",
        language="id", category="marketing", status="approved", components=list(components),
    )  # fmt: skip


@each(("form", "kind"), [("IMAGE", "image"), ("DOCUMENT", "document")])
def test_header_file_returns_the_kind_of_the_header(form, kind):
    components = [{"type": "HEADER", "format": form}, BODY]
    assert header_file(components) == kind
    assert not unsupported(components)
    assert unsupported([{"type": "HEADER", "format": "LOCATION"}, BODY]) == "HEADER LOCATION"
    assert header_file([{"type": "HEADER", "format": "TEXT", "text": "Promo"}, BODY]) == ""


def test_the_file_of_a_template_is_asked_for_and_must_be_of_its_kind(db):
    workspace = make_workspace()
    with_picture = make_template(workspace, {"type": "HEADER", "format": "IMAGE"}, BODY)
    picture, leaflet = make_media(workspace), make_media(workspace, PDF_BYTES, "harga.pdf")
    values = {"workspace": workspace, "template": with_picture, "parameters": {"body.1": "Kak"}}
    for media, code in ((None, "needs_media"), (leaflet, "other_kind")):
        with pytest.raises(DomainError) as refused:
            create_template_content(**values, media=media)
        assert (refused.value.code, refused.value.field) == (code, "media")
    assert create_template_content(**values, media=picture).media == picture


def test_a_template_without_a_place_takes_no_file(db):
    workspace = make_workspace()
    with pytest.raises(DomainError) as refused:
        create_template_content(
            workspace=workspace, template=make_template(workspace, BODY), parameters={"body.1": "Kak"},
            media=make_media(workspace),
        )  # fmt: skip
    assert refused.value.code == "no_place_for_media"


def test_the_file_goes_to_meta_as_the_templates_header():
    call = TemplateCall("promo", "id", ({"type": "body", "parameters": [{"type": "text", "text": "Kak"}]},))
    leaflet = Media("document", "application/pdf", b"%PDF-", "harga.pdf")
    body = body_of(Outgoing("1", "phone", "+628123", "Halo Kak", template=call, media=leaflet), "777")
    header, text = body["template"]["components"]
    document = {"id": "777", "filename": "harga.pdf"}
    assert header == {"type": "header", "parameters": [{"type": "document", "document": document}]}
    assert text["type"] == "body"
    assert body["type"] == "template"
