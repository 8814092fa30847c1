import pytest
from django.db import DatabaseError, connection
from tests.cases import each

from wabolt.accounts.models import AuditEntry
from wabolt.accounts.tests.factories import make_workspace

pytestmark = pytest.mark.django_db


@each("statement", ["UPDATE accounts_auditentry SET actor = 'x'", "DELETE FROM accounts_auditentry"], undone=True)
def test_audit_entry_cannot_be_changed(statement: str) -> None:
    AuditEntry.objects.create(workspace=make_workspace(), actor="Sari", action="contact.erase")
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(statement)
