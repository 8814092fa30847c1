"""Stops and removes the databases of the demo and of the tests in this folder."""

import os
from pathlib import Path

from wabolt.site.postgres import Cluster

ROOT = Path(__file__).resolve().parent.parent

TESTS = ROOT / ".test-home"

for folder in (Path(os.environ["WABOLT_DEMO_HOME"]) / "postgres", TESTS / "draft", *TESTS.glob("database*")):
    if folder.exists():
        Cluster(folder).remove()
