"""Live files go to the workers for live files, and no worker idles while there are files."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.scheduling import LIVE, LIVE_WORKERS, LONG, LiveAndComputing

ROOT = Path(__file__).resolve().parents[1]
LIVE_FILE, OTHER_FILE = LIVE[0], "src/wabolt/lib/tests/test_"


class Worker:
    """A worker that runs its tests only when the test says so. It checks what it is given."""

    def __init__(self, name: str, tests: list[str], scheduler: LiveAndComputing) -> None:
        self.gateway = SimpleNamespace(id=name)
        self.shutting_down = False
        self.waiting: list[int] = []
        self._tests = tests
        self._scheduler = scheduler

    def send_runtest_some(self, indices: list[int]) -> None:
        is_live = self.gateway.id in LIVE_WORKERS
        if any((LIVE_FILE in self._tests[index]) != is_live for index in indices):
            assert not [name for name in self._scheduler.workqueue if (LIVE_FILE in name) == is_live]
        self.waiting += indices

    def shutdown(self) -> None:
        self.shutting_down = True


@pytest.mark.parametrize("place", [*LIVE, *LONG])
def test_each_place_has_tests(place: str) -> None:
    assert [*ROOT.glob(f"{place}*.py"), *(ROOT / place).rglob("test_*.py")]


@pytest.mark.parametrize(("live", "others"), [(9, 9), (3, 12), (12, 3), (0, 12), (12, 0)])
def test_a_worker_takes_files_of_the_other_kind_only_when_its_own_are_gone(live: int, others: int) -> None:
    files = [f"{LIVE_FILE}{n}" for n in range(live)] + [f"{OTHER_FILE}{n}" for n in range(others)]
    tests = [f"{file}::test_it" for file in files]
    option = SimpleNamespace(loadscopereorder=False)
    config: Any = SimpleNamespace(option=option, getvalue=lambda _name: ["4*popen"])
    scheduler = LiveAndComputing(config)
    workers: list[Any] = [Worker(name, tests, scheduler) for name in (*LIVE_WORKERS, "gw2", "gw3")]
    for worker in workers:
        scheduler.add_node(worker)
        scheduler.add_node_collection(worker, tests)
    scheduler.schedule()
    done: list[int] = []
    while running := [worker for worker in workers if worker.waiting]:
        for worker in running:
            done.append(worker.waiting.pop(0))
            scheduler.mark_test_complete(worker, done[-1])
    assert sorted(done) == list(range(len(tests)))
