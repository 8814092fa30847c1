"""The error of this package."""


class ClusterError(Exception):
    """The database cannot be started, stopped or reached. The text tells the owner why and what to do."""
