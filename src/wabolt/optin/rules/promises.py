"""Compares the percentage in the sentence of an offer with that of its voucher."""

import re

_PERCENT = re.compile(r"(?<![\d.,])([0-9]{1,3})(?:[.,][0-9]{1,2})?\s?(?:%|persen\b|percent\b)", re.IGNORECASE)


def broken_promise(sentence: str, voucher_percent: int) -> int | None:
    """Returns the percentage that the sentence promises and the voucher does not give, None if they agree.

    A sentence may name several percentages ("10% today, 5% tomorrow"): the voucher gives one of them.
    """
    promised = [int(number) for number in _PERCENT.findall(sentence)]
    return promised[0] if promised and voucher_percent not in promised else None
