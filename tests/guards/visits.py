"""One shop, one session and one client for the requests to many routes: what each of them changes is taken back."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.test import Client


@contextmanager
def taken_back(*clients: Client) -> Iterator[None]:
    """Takes back what the code inside changes in the database and in the cookies of the clients."""
    cookies = [client.cookies.copy() for client in clients]
    before = transaction.savepoint()  # no atomic block: a durable one inside it would be refused
    assert before, "there is no transaction to take back"
    try:
        yield
    finally:
        transaction.savepoint_rollback(before)
        for client, kept in zip(clients, cookies, strict=True):
            client.cookies = kept
