"""The first migration takes the tables over from contacts. Rows, content types and permissions are kept."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from wabolt.accounts.tests.factories import make_workspace
from wabolt.imports.models import Import, ImportPart, ImportRejection

pytestmark = pytest.mark.django_db


def test_moved_tables_keep_rows_content_types_and_permissions() -> None:
    workspace = make_workspace()
    imported = Import.objects.create(workspace=workspace, kind="orders", filename="a.csv", size=1, sha256="0" * 64)
    ImportPart.objects.create(imported=imported, position=0, data=b"x")
    ImportRejection.objects.create(imported=imported, row=3, cells=["a"], code="no_identity")
    content_type = ContentType.objects.get(app_label="imports", model="import")
    granted = Permission.objects.get(content_type=content_type, codename="change_import")
    move = import_module("wabolt.imports.migrations.0001_initial").move_tables
    with connection.schema_editor() as editor:
        move("imports", "contacts")(apps, editor)
        with connection.cursor() as cursor:
            cursor.execute("SELECT filename FROM contacts_import")
            assert cursor.fetchall() == [("a.csv",)]
        assert not ContentType.objects.filter(app_label="imports", model="import").exists()
        move("contacts", "imports")(apps, editor)
    imported.refresh_from_db()
    assert [bytes(part.data) for part in imported.parts.all()] == [b"x"]
    assert imported.rejections.get().cells == ["a"]
    assert ContentType.objects.get(app_label="imports", model="import").pk == content_type.pk
    assert Permission.objects.get(pk=granted.pk).content_type_id == content_type.pk
    later = Import.objects.create(workspace=workspace, kind="orders", filename="b.csv", size=1, sha256="0" * 64)
    assert later.pk > imported.pk
