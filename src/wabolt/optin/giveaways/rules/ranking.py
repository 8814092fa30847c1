"""The ranking of a contest by the scores of its judges. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

LEAST, MOST = 1, 10
"""The points that a judge can give."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One entrant in the ranking. `mean`: of the points; None without any. `judges`: how many have scored. `rank`:
    from 1; entrants with the same mean share it. `wins`: whether the entrant gets a prize. `is_tied`: more entrants
    share this rank than there are places left, so a member has to choose."""

    entrant: int
    mean: Fraction | None
    judges: int
    rank: int
    wins: bool
    is_tied: bool

    @property
    def mean_points(self) -> float | None:
        """The mean as a number to show."""
        return None if self.mean is None else float(self.mean)


def standings(points: Mapping[int, Sequence[int]], places: int, chosen: Collection[int] = ()) -> list[Standing]:
    """The ranking of entrants by the mean of their points, highest first; entrants without points come last.

    `points`: by entrant. `chosen`: the tied entrants that a member prefers; a tie is settled if their number is that of
    the places that are left. A tie is never settled by chance: that would be a draw, which needs a permit.
    """
    means = {entrant: Fraction(sum(given), len(given)) if given else None for entrant, given in points.items()}
    order = sorted(means, key=lambda entrant: (-(means[entrant] or 0), entrant))
    found: list[Standing] = []
    start = 0
    while start < len(order):
        mean = means[order[start]]
        group = [entrant for entrant in order[start:] if means[entrant] == mean]
        left = max(0, places - start) if mean is not None else 0
        preferred = [entrant for entrant in group if entrant in chosen]
        is_tied = 0 < left < len(group) and len(preferred) != left
        winners = group if left >= len(group) else [] if is_tied or not left else preferred
        found += [
            Standing(entrant, mean, len(points[entrant]), start + 1, entrant in winners, is_tied) for entrant in group
        ]
        start += len(group)
    return found
