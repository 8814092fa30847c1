"""What happens when two processes store the same person at the same moment."""


class LostRaceError(Exception):
    """Somebody else stored one of the chunk's people meanwhile: the chunk is done again."""
