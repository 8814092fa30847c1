"""B8: memory at rest, and seconds from start to the first page.

    python -m benchmarks.b8_rest [--rest 20]

The benchmark starts `wabolt up` on an empty home twice: the first start creates the database, the second one finds it.
Memory is the proportional set size (PSS, which divides a shared page by the number of processes that share it) of all
processes except PostgreSQL, after `--rest` seconds without a request. Linux only (/proc).
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from benchmarks.common import row, say


def start(home: Path) -> tuple["subprocess.Popen[str]", str, float]:
    """Starts an installation. Returns its process, the address of its first page and the seconds until that page was
    served."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    begun = time.perf_counter()
    house = subprocess.Popen(
        [sys.executable, "-m", "wabolt", "up", "--port", "8790"],
        env={**environment, "WABOLT_HOME": str(home)}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert house.stderr is not None
    for line in house.stderr:
        if line.strip().startswith("http://"):
            urllib.request.urlopen(line.strip(), timeout=30).read()
            return house, line.strip(), time.perf_counter() - begun
    raise SystemExit("the house did not start")


def stop(house: "subprocess.Popen[str]") -> float:
    begun = time.perf_counter()
    house.send_signal(signal.SIGINT)
    house.communicate(timeout=60)
    return time.perf_counter() - begun


def family(pid: int) -> list[int]:
    """The process and all its descendants."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(found for child in children for found in family(int(child)))]


def pss(pid: int) -> float:
    """The proportional set size of a process in MB."""
    found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rest", type=float, default=20, help="seconds without a request before memory is read")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wabolt-rest-") as folder:
        Path(folder).chmod(0o711)
        home = Path(folder) / "home"
        house, _link, first = start(home)
        stop(house)
        house, _link, second = start(home)
        say(f"resting {options.rest:g} s ...")
        time.sleep(options.rest)
        people = [(pid, command(pid)) for pid in family(house.pid)]
        shares = [
            (pss(pid), words) for pid, words in people if "postgres:" not in words and "bin/postgres" not in words
        ]
        down = stop(house)
    print("B8 at rest")
    widths = (90, 10)
    for share, words in shares:
        print(row(words[-88:], share, widths=widths))
    print(row("all but PostgreSQL, MB (wanted: at most 250)", sum(share for share, _ in shares), widths=widths))
    print(row("first start to first page, s (makes the database)", first, widths=widths))
    print(row("second start to first page, s (wanted: at most 5)", second, widths=widths))
    print(row("stop, s", down, widths=widths))


if __name__ == "__main__":
    main()
