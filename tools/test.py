"""Runs the test suite on all cores and reports in one line which tests this machine cannot run."""

import os
import subprocess
import sys

from wabolt.site.machine import find_chromium


def main() -> int:
    """``python tools/test.py [pytest arguments]``. Returns the exit code of pytest."""
    # Tests of one file share a worker, because its fixtures (a running shop, a WhatsApp server) are expensive.
    # Two workers run the tests that wait for processes and browsers, and the others those that compute, with less
    # priority (tests/scheduling.py). One more than cores computes: a statement leaves its core to PostgreSQL.
    count = (os.cpu_count() or 1) + 3
    workers = ["-n", str(count), "--dist", "loadfile", "--no-loadscope-reorder"]
    command = [sys.executable, "-m", "pytest", *workers, *sys.argv[1:]]
    if find_chromium() is None:
        sys.stderr.write("Not run: the browser tests (no Chromium; on Debian: sudo apt install chromium)\n")
        command += ["-m", "not browser"]
    # The tests start several hundred processes. Without compiled modules each start takes 0.3 s longer.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(command, check=False, env=environment).returncode  # noqa: S603 -- pytest


if __name__ == "__main__":
    sys.exit(main())
