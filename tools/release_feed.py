"""Prints the release feed of the newest release: ``python -m tools.release_feed URL > feed.json``.

URL is a page about the release. `WABOLT_UPDATE_URL` of an installation is the address of the feed itself.
"""

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

RELEASES = Path(__file__).resolve().parent.parent / "src" / "wabolt" / "operations" / "releases.toml"


def feed(url: str) -> dict[str, Any]:
    """Returns the feed for the first release in releases.toml."""
    newest = tomllib.loads(RELEASES.read_text(encoding="utf-8"))["release"][0]
    notes = {language: newest[language] for language in ("id", "en")}
    return {"version": newest["version"], "date": newest["date"].isoformat(), "notes": notes, "url": url}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(feed(*sys.argv[1:2] or [""]), ensure_ascii=False, indent=1) + "\n")
