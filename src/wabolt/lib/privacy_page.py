"""The public privacy page of a shop, to which every public form links. The room that owns it registers its address."""

from collections.abc import Callable

_pages: list[Callable[[int], str]] = []


def register(address: Callable[[int], str]) -> None:
    """Sets the function that returns the path of the privacy page of the workspace with this id, "" for none."""
    _pages[:] = [address]


def privacy_page(workspace_id: int) -> str:
    """The path of the workspace's privacy page, such as "/s/Ab3/privasi/"; "" if no room provides one."""
    return _pages[0](workspace_id) if _pages else ""
