"""A worker for tests: it uses memory, processor time or output as a hostile file would."""

import os
import sys
import time
from typing import Any, BinaryIO


def run(options: dict[str, Any], source: BinaryIO) -> tuple[dict[str, Any], bytes]:
    match options["task"]:
        case "memory":
            return {"size": len(bytearray(1024**3))}, b""
        case "processor":
            while True:
                pass
        case "output":
            return {}, bytes(1_000_000)
        case "sleep":
            time.sleep(60)
        case "fail":
            raise RuntimeError("probe failed")
        case "environment":
            return {"names": sorted(os.environ), "values": sorted(os.environ.values())}, b""
        case "path":
            return {"path": sys.path}, b""
    return {}, b""
