"""The program that `lib.limited` starts: it sets the limits, then calls the worker. Its argument is a JSON object."""

import contextlib
import json
import sys
from importlib import import_module
from typing import Any


def _limit(limits: dict[str, int]) -> None:
    """Sets the limits before the file is read. Systems without `resource` and unknown limits are skipped."""
    with contextlib.suppress(ImportError):
        import resource

        for name, value in (
            (resource.RLIMIT_AS, limits["memory"]),
            (resource.RLIMIT_CPU, limits["seconds"]),
            (resource.RLIMIT_FSIZE, limits["output"]),
            (resource.RLIMIT_CORE, 0),
        ):
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(name, (value, value))


def main(order: dict[str, Any]) -> None:
    """Writes the worker's facts as one line of JSON to standard output, then its bytes."""
    _limit(order["limits"])
    sys.path += [folder for folder in order["path"] if folder not in sys.path]
    worker = import_module(f"wabolt.lib.workers.{order['worker']}")
    facts, data = worker.run(order["options"], sys.stdin.buffer)
    out = sys.stdout.buffer
    out.write(json.dumps(facts).encode() + b"\n")
    out.write(data)
    out.flush()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
