"""An import of orders from its upload to its end, for tests."""

from io import BytesIO

from wabolt.accounts.models import Workspace
from wabolt.imports import services as imports
from wabolt.imports.models import Import


def import_orders(workspace: Workspace, text: str) -> Import:
    """Imports a CSV file with the guessed columns. Returns the import as it is stored at its end."""
    uploaded = imports.start_import(workspace=workspace, kind="orders", file=BytesIO(text.encode()), filename="x.csv")
    imports.queue_import(workspace=workspace, import_id=uploaded.pk)
    imports.run_import(uploaded.pk)
    return Import.objects.get(pk=uploaded.pk)
