"""The database connections of the threads of a gateway."""

from django.db import connection


def close_connection() -> None:
    """Closes the connection of the thread that runs it, for pools of threads.

    `connection.close` is looked up in the thread that hands it over, so a pool would close the connection of that one.
    """
    connection.close()
