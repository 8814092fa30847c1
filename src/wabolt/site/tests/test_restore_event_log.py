"""A database is dumped in one cluster and restored into another: consumers continue exactly where they were."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.shared import copied_cluster

from wabolt.site.backup import server
from wabolt.site.postgres import Cluster

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quick_python")]

PREPARE = """
from wabolt.accounts.models import Workspace
from wabolt.contacts import queries, services
from wabolt.contacts.models import Consumer
from wabolt.contacts.services import contacts
shop = Workspace.objects.create(name="Toko")
ayu = contacts.create_contact(workspace=shop, name="Ayu")
services.record_events(workspace=shop, events=[services.NewEvent(ayu.pk, f"old{n}") for n in range(6)])
window = queries.read_log(queries.Offset(), 4)
Consumer.objects.create(name="half", position=window.end.position, event_id=window.end.event_id)
print(",".join(event.kind for event in window.events))
"""
CONTINUE = """
from wabolt.contacts import queries, services
from wabolt.contacts.models import Consumer, Contact
ayu = Contact.objects.get()
services.record_events(workspace=ayu.workspace, events=[services.NewEvent(ayu.pk, "new")])
half = Consumer.objects.get()
window = queries.read_log(queries.Offset(half.position, half.event_id), 100)
print(",".join(event.kind for event in window.events))
"""
BURN = "DO $$ BEGIN FOR i IN 1..8000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"
"""Uses transaction ids, so that those of the first cluster lie above those of the second."""


@pytest.fixture
def clusters(made_home: Path, made_cluster: Path, open_folder: Path) -> Iterator[tuple[Cluster, Cluster]]:
    """Two running servers, the first with all tables."""
    made = [copied_cluster(made_home, open_folder / "old"), copied_cluster(made_cluster, open_folder / "new")]
    try:
        for cluster in made:
            cluster.start()
        yield made[0], made[1]
    finally:
        for cluster in made:
            cluster.remove()


def wabolt(cluster: Cluster, *arguments: str) -> str:
    """The last line that the command prints."""
    environment = {**os.environ, "DATABASE_URL": cluster.url()}
    command = [sys.executable, "-m", "wabolt", *arguments]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


def test_consumers_continue_in_another_cluster(clusters: tuple[Cluster, Cluster]) -> None:
    old, new = clusters
    with psycopg.connect(old.url(), autocommit=True) as connection:
        connection.execute(BURN)
    read = wabolt(old, "manage", "shell", "-v", "0", "-c", PREPARE)
    options = ("--single-transaction", "--no-owner", f"--dbname={server.name_of(new.url())}")
    with (
        server.output("pg_dump", "--format=custom", url=old.url()) as dump,
        server.fed("pg_restore", *options, url=new.url()) as restore,
    ):
        shutil.copyfileobj(dump, restore)
    wabolt(new, "migrate")
    rest = wabolt(new, "manage", "shell", "-v", "0", "-c", CONTINUE)
    assert f"{read},{rest}" == "contact_created,old0,old1,old2,old3,old4,old5,new"
