"""The importer of the sample room: a number and a wish in each row."""

from collections.abc import Sequence
from typing import Any

from tests.wishes.models import Wish
from wabolt.accounts.models import Workspace
from wabolt.contacts.queries import find_by_identity
from wabolt.imports.models import Import
from wabolt.imports.registry import ChunkResult, Importer, Preview, Rejection, Row, Target
from wabolt.lib.columns import Guess
from wabolt.lib.phones import Phone, parse_phone


class WishSession:
    """One run of an import of wishes (imports.registry.Session)."""

    def __init__(self, imported: Import) -> None:
        self.workspace: Workspace = imported.workspace
        places = {target: int(index) for index, target in imported.mapping.items()}
        self.phone, self.text = places["phone"], places["text"]

    def continues(self, before: Sequence[str], after: Sequence[str]) -> bool:
        return False

    def parse(self, rows: Sequence[Row]) -> Sequence[Row]:
        return rows

    def write(self, parsed: Sequence[Row], lookahead: Any = None) -> ChunkResult:
        result = ChunkResult()
        for number, cells in parsed:
            phone = parse_phone(cells[self.phone])
            owner = find_by_identity(self.workspace, "phone", phone.e164) if isinstance(phone, Phone) else None
            if owner is None:
                result.rejections.append(Rejection(number, cells, "wish_of_nobody", {}))
                continue
            Wish.objects.create(workspace=self.workspace, contact=owner, text=cells[self.text])
            result.created += 1
        return result

    def committed(self) -> None: ...

    def replay(self, parsed: Sequence[Row]) -> None: ...


def _targets(_workspace: Workspace) -> list[Target]:
    return [Target("phone", "WhatsApp number"), Target("text", "Wish")]


def _guess(
    _workspace: Workspace, columns: Sequence[str], _sample: Sequence[Sequence[str]], _totals: Sequence[str]
) -> dict[int, Guess]:
    return {index: Guess(("phone", "text")[index], 1.0) for index in range(min(2, len(columns)))}


def _preview(_imported: Import, rows: Sequence[Row]) -> Preview:
    return Preview(["Number", "Wish"], [(number, list(cells), "") for number, cells in rows])


WISHES = Importer(
    kind="wishes",
    label="Wishes",
    targets=_targets,
    guess=_guess,
    check=lambda imported: None,
    open=WishSession,
    preview=_preview,
    home="wishes:list",
)
