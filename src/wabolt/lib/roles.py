"""The roles of a workspace, weakest first. A role may do all that the ones before it may."""

ROLES = ("viewer", "agent", "manager", "owner")


def at_least(role: str, needed: str) -> bool:
    """True when `role` may do what `needed` may; unknown words may do nothing."""
    return role in ROLES and ROLES.index(role) >= ROLES.index(needed)
