"""An installation of its own for tests of what is done to the data as a whole."""

from dataclasses import dataclass
from pathlib import Path

import psycopg

SHOP = """
from model_bakery import baker
from wabolt.accounts.services import set_up
from wabolt.broadcasts.models import Broadcast
from wabolt.contacts.models import Contact
_owner, workspace = set_up(email="ibu@toko.id", password="rahasia-panjang-9", name="Ibu", shop="Toko")
baker.make(Contact, workspace=workspace, _quantity=3)
baker.make(Broadcast, workspace=workspace, state="running", channel__workspace=workspace)
"""


@dataclass(frozen=True)
class Shop:
    """An installation with a little data, and a backup of it."""

    home: Path
    url: str
    file: Path

    def ask(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    def databases(self) -> set[str]:
        return {str(name) for (name,) in self.ask("SELECT datname::text FROM pg_database WHERE datname LIKE 'wabolt%'")}
