"""Scripts that the service worker loads besides its own code. Rooms register static files in `AppConfig.ready()`."""

_names: list[str] = []


def register(name: str) -> None:
    """Adds a static file, for example "alerts/push_worker.js". It runs in the service worker."""
    if name not in _names:
        _names.append(name)


def names() -> tuple[str, ...]:
    """All registered files in the order of registration."""
    return tuple(_names)
