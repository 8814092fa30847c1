"""B16: write an encrypted backup, and check it by a restore into a scratch database.

    python -m benchmarks.b16_backup [--contacts 200000]

The limit for writing is `pg_dump | zstd -3` of the same database in the same run, without encryption. Megabytes are
those of the rows as text. The peak of memory is that of a process that does nothing but write the backup.
"""

import argparse
import multiprocessing
import resource
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.common import compare, make_contacts, make_messages, make_orders, make_workspace, row, say, throwaway

WIDTHS = (44, 10, 10)


def write(path: Path) -> int:
    """Writes a backup; returns its size in bytes."""
    from pyrage.x25519 import Identity

    from wabolt.site.backup.make import write_backup

    with path.open("wb") as file:
        write_backup(file, [Identity.generate().to_public()])
    return path.stat().st_size


def peak_memory(path: Path) -> float:
    """The growth of resident memory in MB while a new process writes a backup."""

    def work(pipe: "multiprocessing.connection.Connection") -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        write(path)
        pipe.send((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)

    reader, writer = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=work, args=(writer,))
    process.start()
    process.join()
    return float(reader.recv())


def dump(url: str, path: Path) -> None:
    """Writes `pg_dump | zstd -3`."""
    from wabolt.site.backup import server

    with server.output("pg_dump", "--no-owner", url=url) as source, path.open("wb") as target:
        subprocess.run(["zstd", "-3", "-q", "-c"], stdin=source, stdout=target, check=True)


def text_bytes(url: str) -> int:
    """The bytes of all rows as text."""
    from wabolt.site.backup import server

    with server.output("pg_dump", "--data-only", url=url) as source:
        return sum(len(block) for block in iter(lambda: source.read(1 << 20), b""))


def check(path: Path) -> tuple[str, float]:
    """Writes a backup for a key and checks it; returns what the check was and its seconds."""
    from pyrage.x25519 import Identity

    from wabolt.site.backup.check import check_backup
    from wabolt.site.backup.make import write_backup

    key = Identity.generate()
    with path.open("wb") as file:
        write_backup(file, [key.to_public()])
    begun = time.perf_counter()
    untested = check_backup(path, key, lambda _done, _total: None).untested
    return "restored" if untested is None else untested[0], time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=200_000)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    with throwaway() as url, tempfile.TemporaryDirectory() as folder:
        workspace = make_workspace()
        make_contacts(workspace, options.contacts)
        make_orders(workspace)
        make_messages(workspace)
        from django.db import connection

        connection.close()
        ours, plain = Path(folder) / "ours", Path(folder) / "plain"
        say("measuring")
        mine, limit = compare([lambda: write(ours), lambda: dump(url, plain)], options.repeat)
        size = text_bytes(url) / 1e6
        print(f"B16 backup: {options.contacts} contacts, {size:.0f} MB of rows")
        print(row("", "seconds", "MB/s", widths=WIDTHS))
        print(row("plain: pg_dump | zstd -3", limit.median / 1000, size / limit.median * 1000, widths=WIDTHS))
        print(row("ours: ZIP, age", mine.median / 1000, size / mine.median * 1000, widths=WIDTHS))
        print(f"ours / plain = {limit.median / mine.median:.0%}")
        print(f"size: ours {ours.stat().st_size / 1e6:.1f} MB, plain {plain.stat().st_size / 1e6:.1f} MB")
        print(f"memory while writing: {peak_memory(ours):.0f} MB more than before")
        kind, seconds = check(ours)
        print(f"check ({kind}): {seconds:.1f} s, {size / seconds:.0f} MB/s")


if __name__ == "__main__":
    main()
