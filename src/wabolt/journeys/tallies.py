"""The sums behind the numbers of a journey."""

from wabolt.contacts.registry import TallySource, register_tally

PEOPLE = TallySource(
    "journey_people",
    "journeys_enrollment",
    "SELECT workspace_id, journey_id AS subject, state AS part, 1 AS amount FROM {rows}",
)
WAITING = TallySource(
    "journey_waiting",
    "journeys_enrollment",
    "SELECT workspace_id, step_id AS subject, state AS part, 1 AS amount FROM {rows}"
    " WHERE step_id IS NOT NULL AND state IN ('active', 'parked')",
)
RUNS = TallySource(
    "journey_runs",
    "journeys_steprun",
    "SELECT j.workspace_id, r.step_id AS subject, r.outcome AS part, 1 AS amount FROM {rows} AS r"
    " JOIN journeys_journeystep s ON s.id = r.step_id JOIN journeys_journey j ON j.id = s.journey_id",
)
MESSAGES = TallySource(
    "journey_messages",
    "messaging_message",
    "SELECT workspace_id, origin_id AS subject, state AS part, 1 AS amount FROM {rows} WHERE origin_kind = 'journey'",
)
SOURCES = (PEOPLE, WAITING, RUNS, MESSAGES)


def register() -> None:
    """Called from `JourneysConfig.ready`."""
    for source in SOURCES:
        register_tally(source)
