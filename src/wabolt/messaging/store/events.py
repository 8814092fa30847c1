"""What the event log says of a message: ids only."""


def event_data(message_id: int, origin_kind: str, origin_id: int | None) -> dict[str, int]:
    """{"message": 5, "broadcast": 2}: the message, and the one it was sent for under that one's kind."""
    data = {"message": message_id}
    if origin_id is not None:
        data[origin_kind] = origin_id
    return data
