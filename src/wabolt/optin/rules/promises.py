"""Compares the percentage in the sentence of an offer with those of its vouchers."""

import re
from collections.abc import Collection

_PERCENT = re.compile(r"(?<![\d.,])([0-9]{1,3})(?:[.,][0-9]{1,2})?\s?(?:%|persen\b|percent\b)", re.IGNORECASE)


def broken_promise(sentence: str, given: Collection[int]) -> int | None:
    """Returns the percentage that the sentence promises and no voucher gives, None if they agree.

    `given`: the percentages of the vouchers. A sentence may name several percentages ("10% today, 5% tomorrow"): a
    voucher gives one of them.
    """
    promised = [int(number) for number in _PERCENT.findall(sentence)]
    return promised[0] if promised and not set(given) & set(promised) else None
