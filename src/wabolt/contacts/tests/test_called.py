"""Names of contacts on pages."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts.queries import called
from wabolt.contacts.tests.factories import make_contact


@pytest.mark.django_db
def test_a_contact_is_called_by_name_else_by_number() -> None:
    workspace = make_workspace()
    ayu, nameless = make_contact(workspace, "Ayu"), make_contact(workspace, "", phone="+6281234567890")
    hidden = make_contact(workspace, phone=None)
    hidden.name = ""
    with CaptureQueriesContext(connection) as statements:
        names = called(workspace, [ayu, nameless, hidden])
    assert names == {ayu.pk: "Ayu", nameless.pk: "+62 812-3456-7890", hidden.pk: "Tanpa nama"}
    assert len(statements) == 1
    with CaptureQueriesContext(connection) as statements:
        assert called(workspace, [ayu]) == {ayu.pk: "Ayu"}
    assert not statements.captured_queries
