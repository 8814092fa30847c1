"""Journeys: messages and actions that follow a customer over days, step by step.

The room owns Journey, its immutable versions and steps, Enrollment (one person's path through a journey) and StepRun
(one step that a person has run through). It registers an origin of messages, a consumer of the event log, periodic
jobs, personal data and audit words; rooms above add kinds of triggers (`registry.py`). Start reading with
`services/engine.py`, which moves people on, and `rules/interpreter.py`, the same decisions for one person without a
database. docs/adr/0037-journeys.md has the reasons.
"""
