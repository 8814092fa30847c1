"""Topics of PostgreSQL notifications. The child process of a linked number imports this module: no Django here."""

LANE_TOPIC = "wabolt_lane"
"""Wakes the worker of a lane. The payload is the channel's id."""
