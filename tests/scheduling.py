"""The order and the workers of the tests, when several workers share them.

A test is live if it uses a whole installation, a browser or a linked number: it waits most of the time, and its limits
of time hold only if it gets a core when it needs one. Two workers run the live files. The others compute with less
priority, so they take the processor time that is left. A worker without files of its own kind takes the others.
"""

import os
from collections.abc import Sequence

import pytest
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

LIVE = (
    "tests/linked/test_whole_walk", "tests/browser/test_reachable_walk", "tests/browser/test_main_way",
    "src/wabolt/site/tests/test_front_live",
    "src/wabolt/site/tests/test_caddy_live", "tests/linked/test_end_to_end", "tests/browser", "tests/linked",
    "tests/faults", "tests/cloud/test_browser", "tests/cloud/test_kill",
    *(f"src/wabolt/site/tests/test_{name}" for name in (
        "caddy_", "database_away", "examples", "logs_of_the_demo", "probes", "processes_recover", "reconnect",
        "supervisor",
    )),
)  # fmt: skip
"""Files and folders of live tests, the longest first."""
LONG = ("src/wabolt/site/tests/test_restore_killed", "src/wabolt/site", "tests")
"""The longest of the other files and folders. They start first, so that no worker idles at the end."""
LIVE_WORKERS = ("gw0", "gw1")
NICENESS = 5
"""Added to the niceness of the other workers: Linux gives them a third of what a live test gets on a busy core."""


def in_order(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Returns the tests file by file: live files first, long files before short ones."""
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.nodeid.partition("::")[0], []).append(item)
    places = (*LIVE, *LONG, "")
    first = {name: next(n for n, place in enumerate(places) if name.startswith(place)) for name in files}
    return [item for name in sorted(files, key=lambda name: (first[name], name)) for item in files[name]]


def lower_priority(worker: str) -> None:
    """Lowers the priority of this process unless it is a worker for live files."""
    if worker not in LIVE_WORKERS:
        os.nice(NICENESS)


class LiveAndComputing(LoadFileScheduling):
    """Gives live files to `LIVE_WORKERS` and the others to the other workers, as long as there are both."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        is_live = node.gateway.id in LIVE_WORKERS
        own = next((name for name in self.workqueue if name.startswith(LIVE) == is_live), None)
        if own is not None:
            self.workqueue.move_to_end(own, last=False)
        super()._assign_work_unit(node)
