"""A set of row ids that stays small at millions of ids: one bit per id."""

from collections.abc import Iterable

_PAGE_BITS = 16


class IdSet:
    """A set for ids that are close together, such as those of one import: pages of 65,536 bits, allocated on first
    use."""

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}

    def update(self, ids: Iterable[int]) -> None:
        for number in ids:
            page = self._pages.get(number >> _PAGE_BITS)
            if page is None:
                page = self._pages[number >> _PAGE_BITS] = bytearray(1 << (_PAGE_BITS - 3))
            place = number & 0xFFFF
            page[place >> 3] |= 1 << (place & 7)

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, int):
            return False
        page = self._pages.get(number >> _PAGE_BITS)
        place = number & 0xFFFF
        return page is not None and bool(page[place >> 3] & (1 << (place & 7)))
