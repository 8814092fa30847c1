"""Uploaded files for tests."""

import io
from collections.abc import Callable

import pytest

from wabolt.accounts.models import Workspace
from wabolt.imports import services as imports
from wabolt.imports.models import Import


@pytest.fixture
def upload() -> Callable[..., Import]:
    """`upload(workspace, text)` returns a contact import in the mapping step. `run=True` runs it, with `statement`."""

    def take(
        workspace: Workspace, text: str | bytes, *, run: bool = False, statement: str = "", **answers: object
    ) -> Import:
        data = text.encode() if isinstance(text, str) else text
        imported = imports.start_import(
            workspace=workspace, kind="contacts", file=io.BytesIO(data), filename="kontak.csv"
        )
        if run:
            imports.queue_import(
                workspace=workspace,
                import_id=imported.pk,
                answers={"consent_statement": statement, **answers},
            )
            imports.run_import(imported.pk)
            imported.refresh_from_db()
        return imported

    return take
