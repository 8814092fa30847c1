"""The data of events about messages: ids only."""


def event_data(message_id: int, origin_kind: str, origin_id: int | None) -> dict[str, int]:
    """{"message": 5, "broadcast": 2}: the id of the message, and the id of its origin under the origin's kind."""
    data = {"message": message_id}
    if origin_id is not None:
        data[origin_kind] = origin_id
    return data
