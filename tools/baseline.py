"""Writes the tables after all migrations to src/wabolt/site/baseline.sql.xz: ``python -m tools.baseline``."""

import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from tools.inlining import inline  # noqa: E402

from wabolt.site.postgres import Cluster  # noqa: E402


def main() -> None:
    """Runs every migration on an empty database and writes its tables."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)  # the user that runs PostgreSQL has to traverse it
        cluster = Cluster(Path(folder) / "postgres", durable=False)
        cluster.start()
        try:
            os.environ.update(DATABASE_URL=cluster.url(), WABOLT_HOME=folder)
            os.environ["WABOLT_SECRET_KEY"] = secrets.token_hex()
            migrations = run_migrations()
            dump = [cluster.programs / "pg_dump", "--no-owner", "--no-privileges", "--no-comments", "--inserts",
                    f"--dbname={cluster.url()}"]  # fmt: skip
            text = subprocess.run(dump, check=True, capture_output=True, text=True).stdout  # noqa: S603 -- our own PostgreSQL

            from wabolt.site.baseline import write_baseline

            write_baseline(inline(text), migrations)
        finally:
            cluster.remove()


def run_migrations() -> list[tuple[str, str]]:
    """Runs the migrations that the database of `DATABASE_URL` lacks. Returns all of them."""
    from wabolt.site.database import set_up_django

    set_up_django()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    migrations = sorted(MigrationExecutor(connection).loader.applied_migrations)
    connection.close()
    return migrations


if __name__ == "__main__":
    main()
