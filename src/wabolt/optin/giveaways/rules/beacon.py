"""The rounds of drand's public randomness beacon "quicknet" (https://docs.drand.love). Pure.

A round is published every 3 seconds since its genesis, and its value is unknown before. A draw announces a round of
the near future together with its hashes, so that neither the shop nor a customer can have chosen the result.
"""

import math

CHAIN = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
_GENESIS, _PERIOD = 1692803367, 3


def round_after(seconds: float) -> int:
    """The first round that is published at or after this time (Unix seconds)."""
    return max(1, math.ceil((seconds - _GENESIS) / _PERIOD) + 1)


def time_of(number: int) -> int:
    """The time (Unix seconds) at which a round is published."""
    return _GENESIS + _PERIOD * (number - 1)


def url_of(number: int) -> str:
    """The public address of the value of a round."""
    return f"https://api.drand.sh/{CHAIN}/public/{number}"
