"""Files as tests upload them."""

import io
from collections.abc import Callable

import pytest

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Import
from wabolt.contacts.services import imports


@pytest.fixture
def upload() -> Callable[..., Import]:
    """`upload(workspace, text)`: a contact file in the mapping step; `run=True` works it off, with `statement`."""

    def take(
        workspace: Workspace, text: str | bytes, *, run: bool = False, statement: str = "", **options: object
    ) -> Import:
        data = text.encode() if isinstance(text, str) else text
        imported = imports.start_import(
            workspace=workspace, kind="contacts", file=io.BytesIO(data), filename="kontak.csv"
        )
        if run:
            imports.queue_import(
                workspace=workspace,
                import_id=imported.pk,
                consent_statement=statement,
                **options,  # type: ignore[arg-type]
            )
            imports.run_import(imported.pk)
            imported.refresh_from_db()
        return imported

    return take
