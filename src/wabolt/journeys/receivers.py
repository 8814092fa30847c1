"""Reactions of journeys to signals of lower rooms."""
