"""Reads of journeys, for other rooms."""
