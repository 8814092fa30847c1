"""What goes wrong with the database, said so that its owner can act on it."""


class ClusterError(Exception):
    """The database could not be started, stopped or reached; the text says why and what to do."""
