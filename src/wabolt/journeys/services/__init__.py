"""Writes of journeys, for other rooms."""
