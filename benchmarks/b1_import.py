"""B1: import a messy CSV file into contacts that can be searched and messaged.

    python -m benchmarks.b1_import [--rows 200000]

The limit is the time PostgreSQL needs for the same rows without interpretation: clean rows, COPY into a temporary table
and one upsert into the same tables with the same indexes. Our import also reads the messy file, normalises values,
finds duplicates, writes the event log and the rejected rows, and survives a kill at any moment.
"""

import argparse
import csv
import io
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.common import CITIES, make_workspace, row, say, throwaway

if TYPE_CHECKING:
    from wabolt.accounts.models import Workspace
    from wabolt.imports.models import Import

HEADER = ("Nama Lengkap", "No. HP / WA", "Kota", "JK", "Tgl Lahir", "Setuju Promo?", "Sumber", "Kode Pelanggan",
          "Ukuran", "Poin")  # fmt: skip
_FIRST = (
    "Ayu Budi Citra Dewi Eka Fajar Gita Hadi Indah Joko Kartika Lestari Maya Nur Oki Putri Rina Sari Tono Umar Vina "
    "Wahyu Yanti Zainal Agus Bayu Cahya Dian Endang Fitri Galih Hendra Intan Kiki Laras Mega Nanda Puspa Ratna "
    "Siska Taufik Utami Wulan Yusuf Anisa Bagas Desi Ferry"
)
_LAST = (
    "Santoso Lestari Wijaya Kusuma Siregar Hutagalung Rahmawati Pratama Saputra Lubis Nugroho Setiawan Hidayat "
    "Anggraini Permata Maharani Gunawan Susanto Wibowo Handayani Kurniawan Purnama Simanjuntak Nasution Harahap "
    "Wahyuni Suryani Firmansyah Ramadhan Utomo Hartono Sitompul Mulyani Suharto Iskandar Febrianti Yuliana Syahputra "
    "Aritonang Manurung"
)
FIRST, LAST = _FIRST.split(), _LAST.split()
CASES = (str, str, str, str.upper, str.lower)
WIDTHS = (44, 10, 12)

STAGE = """
CREATE TEMP TABLE clean_stage (
    name text, phone text, city text, gender text, birth_date date, source text, code text, fields jsonb, search text
)
"""
COPY = "COPY clean_stage (name, phone, city, gender, birth_date, source, code, fields, search) FROM STDIN (FORMAT csv)"
UPSERT = (
    "ALTER TABLE clean_stage ADD COLUMN contact_id bigint",
    """UPDATE clean_stage s SET contact_id = i.contact_id FROM contacts_identity i
       WHERE i.workspace_id = %(workspace)s AND i.kind = 'phone' AND i.value = s.phone""",
    """UPDATE contacts_contact c SET name = s.name, city = s.city, fields = c.fields || s.fields, updated_at = now()
       FROM clean_stage s WHERE c.id = s.contact_id""",
    """CREATE TEMP TABLE fresh_stage AS
       SELECT DISTINCT ON (phone) nextval('contacts_contact_id_seq') AS id, s.*
       FROM clean_stage s WHERE contact_id IS NULL""",
    """INSERT INTO contacts_contact (id, workspace_id, name, gender, birth_date, city, city_original, email, language,
                                     source, fields, created_at, updated_at, search, reachable)
       SELECT id, %(workspace)s, name, gender, birth_date, city, city, '', '', source, fields, now(), now(), search,
              true
       FROM fresh_stage""",
    """INSERT INTO contacts_identity (workspace_id, contact_id, kind, value, created_at)
       SELECT %(workspace)s, id, 'phone', phone, now() FROM fresh_stage
       UNION ALL SELECT %(workspace)s, id, 'code', code, now() FROM fresh_stage
       ON CONFLICT (workspace_id, kind, value) DO NOTHING""",
)


def messy_rows(count: int, seed: int = 42) -> Iterator[list[str]]:
    """Rows as shops write them: 3 % duplicates, 2 % without a usable number, Zipf-distributed cities, and a unique name
    in every third row."""
    chance = random.Random(seed)
    weights = [1 / rank for rank in range(1, len(CITIES) + 1)]
    cities = chance.choices(CITIES, weights, k=count)
    for n, city in enumerate(cities):
        person = chance.randrange(n) if n > 100 and chance.random() < 0.03 else n
        digits = f"8{12 + person % 9}{10000000 + person}"
        phone = chance.choice(("0{}", "+62 {}", "62{}", "wa: 0{}", "0{}")).format(digits)
        broken = chance.random() < 0.02
        own = random.Random(person)
        middle = f" {own.choice(FIRST)}" if own.random() < 0.4 else ""
        yield [
            own.choice(CASES)(f"{own.choice(FIRST)}{middle} {own.choice(LAST)}"),
            chance.choice(("08123", "-", "021", "6.28123E+12")) if broken else phone,
            chance.choice((city, city.upper(), f" {city} ", f"Kota {city}")),
            chance.choice(("P", "L", "wanita", "pria", "")),
            chance.choice(
                (f"{1 + n % 28:02}/{1 + n % 12:02}/{1960 + n % 45}", f"{1960 + n % 45}-{1 + n % 12:02}-11", "")
            ),
            chance.choice(("ya", "Y", "1", "tidak", "")),
            chance.choice(("kasir", "website", "instagram", "teman")),
            "" if broken else f"{person:07}",
            chance.choice(("S", "M", "L", "XL")),
            str(chance.randrange(1000)),
        ]


def write_messy(path: Path, count: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADER)
        writer.writerows(messy_rows(count))


def clean_csv(workspace: "Workspace") -> bytes:
    """The contacts that our import stored for a workspace, as clean rows for the plain import."""
    from django.db import connection

    out = io.BytesIO()
    query = f"""
        SELECT c.name, p.value, c.city, c.gender, c.birth_date, c.source, k.value, c.fields, c.search
        FROM contacts_contact c JOIN contacts_identity p ON p.contact_id = c.id AND p.kind = 'phone'
        JOIN contacts_identity k ON k.contact_id = c.id AND k.kind = 'code'
        WHERE c.workspace_id = {workspace.pk} ORDER BY c.id"""
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copy:
        for piece in copy:
            out.write(piece)
    return out.getvalue()


def plain(workspace: "Workspace", data: bytes) -> float:
    """Imports with COPY into a temporary table and one upsert, in one transaction. Returns the seconds."""
    from django.db import connection, transaction

    begun = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(STAGE)
        with cursor.copy(COPY) as copy:
            copy.write(data)
        for statement in UPSERT:
            cursor.execute(statement, {"workspace": workspace.pk} if "%(" in statement else None)
    seconds = time.perf_counter() - begun
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE clean_stage, fresh_stage")
    return seconds


def ours(workspace: "Workspace", path: Path, statement: str = "") -> tuple[float, "Import"]:
    """Uploads, accepts the guessed columns and runs. Returns the seconds of the run and the import."""
    from wabolt.imports import services as imports
    from wabolt.imports.models import Import

    with path.open("rb") as file:
        imported = imports.start_import(workspace=workspace, kind="contacts", file=file, filename=path.name)
    imports.queue_import(workspace=workspace, import_id=imported.pk, answers={"consent_statement": statement})
    begun = time.perf_counter()
    imports.run_import(imported.pk)
    return time.perf_counter() - begun, Import.objects.get(pk=imported.pk)


def worked() -> float:
    """CPU seconds used by this process and its database session. Linux only; 0 elsewhere."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        path = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")
    return time.process_time() + (int(path.read_text().split()[0]) / 1e9 if path.exists() else 0.0)


def fresh() -> None:
    """Empties the tables, so that both imports start with indexes of the same depth."""
    from django.db import connection

    with connection.cursor() as cursor:
        # This database is thrown away afterwards; elsewhere the ledger refuses to be emptied.
        cursor.execute("DROP TRIGGER IF EXISTS consent_ledger_no_truncate ON consent_consentevent")
        cursor.execute("TRUNCATE contacts_contact, imports_import CASCADE")
        cursor.execute("CHECKPOINT")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    with throwaway(), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "contacts.csv"
        say(f"writing {arguments.rows} messy rows")
        write_messy(path, arguments.rows)
        measure(make_workspace(), path, arguments.repeat)


def measure(workspace: "Workspace", path: Path, repeat: int) -> None:
    """Runs both imports in turn and prints the medians and their ratio."""
    from django.db import connection

    our_times, plain_times, again, figures = [], [], [], {}
    our_work, plain_work = [], []
    for turn in range(repeat):
        fresh()
        begun = worked()
        seconds, imported = ours(workspace, path)
        our_work.append(worked() - begun)
        our_times.append(seconds)
        if turn == 0:
            again.append(ours(workspace, path)[0])
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM contacts_contact")
                figures = {"contacts": cursor.fetchone()[0], "rows": imported.next_row, "refused": imported.rejected}
            data = clean_csv(workspace)
        fresh()
        begun = worked()
        plain_times.append(plain(workspace, data))
        plain_work.append(worked() - begun)
        say(f"turn {turn + 1}: ours {our_times[-1]:.1f} s, plain {plain_times[-1]:.1f} s")
    report(figures, our_times, plain_times, again[0])
    print(
        f"processor seconds of program and session: ours {statistics.median(our_work):.1f} (with the upload), "
        f"plain {statistics.median(plain_work):.1f}"
    )


def report(figures: dict[str, Any], our_times: list[float], plain_times: list[float], again: float) -> None:
    """Prints the measurements."""
    mine, limit = sorted(our_times)[len(our_times) // 2], sorted(plain_times)[len(plain_times) // 2]
    our_rate, limit_rate = figures["contacts"] / mine, figures["contacts"] / limit
    print(f"B1 import: {figures['rows']} rows, {figures['contacts']} contacts, {figures['refused']} refused")
    print(row("", "seconds", "contacts/s", widths=WIDTHS))
    print(row("plain: clean rows, COPY, upsert", limit, f"{limit_rate:,.0f}", widths=WIDTHS))
    print(row("ours: messy file to queryable contacts", mine, f"{our_rate:,.0f}", widths=WIDTHS))
    print(row("ours: the same file again", again, f"{figures['rows'] / again:,.0f}", widths=WIDTHS))
    print(f"ours / plain = {our_rate / limit_rate:.0%} (at least 60 % is wanted)")


if __name__ == "__main__":
    main()
