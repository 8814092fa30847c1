"""The names of browsers in the list of devices."""

FORGET_ON_SIGN_OUT = "push_device"
"""The key in the session of the push device that was added in it. Signing out removes the device."""

_BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"),
    ("CrOS", "Chromebook"), ("Linux", "Linux"),
)  # fmt: skip


def name_of(user_agent: str) -> str:
    """The name of a browser, for example "Chrome, Android"; "Browser" for an unknown one."""
    browser = next((name for part, name in _BROWSERS if part in user_agent), "Browser")
    system = next((name for part, name in _SYSTEMS if part in user_agent), "")
    return f"{browser}, {system}" if system else browser
