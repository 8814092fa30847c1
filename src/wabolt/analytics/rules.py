"""Statistics without a database: shares with their uncertainty, and whether two shares differ."""

from dataclasses import dataclass
from math import sqrt

Z95 = 1.959963984540054
"""The 97.5 % point of the normal distribution: two-sided intervals of 95 %."""


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `total`, as a fraction with its 95 % Wilson interval (Wilson 1927), which stays inside [0, 1] and is
    honest for small shops."""

    hits: int
    total: int

    @property
    def value(self) -> float:
        return self.hits / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        if not self.total:
            return 0.0, 1.0
        n, p = self.total, self.value
        centre = (p + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
        half = Z95 / (1 + Z95**2 / n) * sqrt(p * (1 - p) / n + Z95**2 / (4 * n**2))
        return max(0.0, centre - half), min(1.0, centre + half)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Recipients compared with the holdout. `verdict`: "more", "less", or "unclear" while the difference may be chance
    (95 %, two-proportion z-test with pooled variance)."""

    sent: Share
    held_out: Share

    @property
    def difference(self) -> float:
        return self.sent.value - self.held_out.value

    @property
    def verdict(self) -> str:
        n, m = self.sent.total, self.held_out.total
        hits = self.sent.hits + self.held_out.hits
        # The normal approximation needs some hits and misses on both sides.
        if min(n, m) == 0 or min(hits, n + m - hits) < 10:
            return "unclear"
        pooled = hits / (n + m)
        score = self.difference / sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
        if abs(score) < Z95:
            return "unclear"
        return "more" if score > 0 else "less"
