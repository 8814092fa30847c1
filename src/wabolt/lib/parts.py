"""Splits a sequence into consecutive parts. Pure."""

from collections.abc import Collection, Hashable, Sequence


def parts_without_repeats(keys: Sequence[Collection[Hashable]]) -> list[slice]:
    """Splits items, given by their keys, into the fewest consecutive parts in which no key belongs to two items.

    The parts keep the order, so that items that share a key are handled one after the other.
    """
    parts, start, seen = [], 0, set[Hashable]()
    for at, item_keys in enumerate(keys):
        if not seen.isdisjoint(item_keys):
            parts.append(slice(start, at))
            start, seen = at, set()
        seen.update(item_keys)
    return [*parts, slice(start, len(keys))] if keys else []
