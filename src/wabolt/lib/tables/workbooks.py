"""Workbooks (XLSX, XLSB, XLS, ODS): unpacked to CSV by a process with limits, then read like every text table."""

import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from wabolt.lib.tables.model import Limits, TableError

_WORKER = Path(__file__).with_name("workbook_worker.py")
_PROTECTED = "EncryptedPackage".encode("utf-16-le")
_OTHER_CFB = {"WordDocument": "word", "PowerPoint Document": "presentation", "__properties_version1.0": "mail"}


def kind_of_zip(path: Path, limits: Limits) -> str:
    """ "xlsx", "xlsb" or "ods". Raises `TableError` for other archives and for those that unpack to too much."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            mimetype = archive.read("mimetype")[:80] if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, RuntimeError) as problem:
        raise TableError("damaged") from problem
    if sum(member.file_size for member in members) > limits.unpacked:
        raise TableError("too_large", limit=limits.unpacked)
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if b"opendocument.spreadsheet" in mimetype:
        return "ods"
    raise TableError("not_a_table", found="word" if "word/document.xml" in names else "zip")


def kind_of_cfb(path: Path) -> str:
    """ "xls". Raises `TableError` for a workbook behind a password and for Word, PowerPoint and mail files."""
    overlap, block = b"", b""
    with path.open("rb") as file:
        while block := file.read(1024 * 1024):
            window = overlap + block
            if _PROTECTED in window:
                raise TableError("password")
            for name, found in _OTHER_CFB.items():
                if name.encode("utf-16-le") in window:
                    raise TableError("not_a_table", found=found)
            overlap = block[-64:]
    return "xls"


def unpack(path: Path, sheet: str, limits: Limits) -> tuple[Path, dict[str, object]]:
    """One sheet as a temporary CSV file (the caller removes it), with `{"sheet": ..., "sheets": [...]}`."""
    with tempfile.NamedTemporaryFile(prefix="wabolt-", suffix=".csv", delete=False) as file:
        target = Path(file.name)
    options = {
        "sheet": sheet, "max_columns": limits.max_columns, "memory": limits.memory, "seconds": limits.seconds
    }  # fmt: skip
    try:
        answer = _run([sys.executable, "-I", str(_WORKER), str(path), str(target), json.dumps(options)], limits)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return target, answer


def _run(command: list[str], limits: Limits) -> dict[str, object]:
    try:
        done = subprocess.run(command, capture_output=True, timeout=limits.seconds, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as problem:
        raise TableError("too_large", limit=limits.max_bytes) from problem
    if done.returncode == 0:
        answer: dict[str, object] = json.loads(done.stdout)
        if code := answer.pop("error", None):
            raise TableError(str(code), **answer)
        return answer
    # Killed by a signal, or out of memory: the file wants more than it may have. All else is a broken file.
    memory = done.returncode < 0 or b"MemoryError" in done.stderr or b"memory allocation" in done.stderr
    raise TableError("too_large", limit=limits.max_bytes) if memory else TableError("damaged")
