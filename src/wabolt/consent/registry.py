"""The refusals of a person, for the pure rules of other rooms, which may not import `queries`."""

from wabolt.consent.rules import REFUSALS

__all__ = ["REFUSALS"]
