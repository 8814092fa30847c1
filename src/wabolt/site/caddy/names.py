"""The domain names of this installation, remembered in the home folder."""

import contextlib
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from wabolt.site.words import _

FILE = "public-address.json"
INTERNAL = "internal"
_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})+")


@dataclass(frozen=True)
class PublicNames:
    """The part of the options of `wabolt up` that is remembered.

    `names`: the domain names; the first one is in all links. `authority`: the certificate authority: "" for Let's
    Encrypt, "internal" for Caddy's own, or the https address of an ACME directory. `http_port`, `https_port`: the ports
    on this machine.
    """

    names: tuple[str, ...]
    authority: str = ""
    http_port: int = 80
    https_port: int = 443

    @property
    def url(self) -> str:
        """The public address. Visitors use port 443; a router may pass it on to another port of this machine."""
        return f"https://{self.names[0]}"


def parse_name(text: str) -> str:
    """Returns a typed domain name in lower case and ASCII (Punycode). Also accepts its https address.

    Raises ValueError with a sentence for the person who typed it.
    """
    bare = text.strip().lower().removeprefix("https://").removeprefix("http://").rstrip("/").rstrip(".")
    with contextlib.suppress(UnicodeError):
        name = bare.encode("idna").decode("ascii")
        if _NAME.fullmatch(name) and not name.rpartition(".")[2].isdigit():
            return name
    raise ValueError(_("{text} is not a domain name. Example: wa.toko.id").format(text=text))


def read_names(home: Path) -> PublicNames | None:
    """Returns the remembered names; None if there are none."""
    try:
        stored = json.loads((home / FILE).read_text("utf-8"))
        names = tuple(parse_name(name) for name in stored["names"])
        return PublicNames(names, str(stored["authority"]), int(stored["http_port"]), int(stored["https_port"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def names_changed(home: Path, public: PublicNames | None) -> bool:
    """Returns whether other names are remembered than those that are served."""
    return read_names(home) != public


def remember_names(home: Path, public: PublicNames) -> None:
    """Stores the names for the next start."""
    draft = home / f"{FILE}.new"
    draft.write_text(json.dumps(asdict(public)), encoding="utf-8")
    draft.replace(home / FILE)


def forget_names(home: Path) -> None:
    """Undoes `remember_names`. The certificates stay."""
    (home / FILE).unlink(missing_ok=True)
