"""The arithmetic of a draw, and the program with which a customer checks a published draw.

    python3 draw.py record.json

It needs Python 3.8 or later and nothing else. The shop's draw page offers the record, and this file. The shop uses the
same functions for the draw itself:

1. Each entrant has a random ticket. The tickets are sorted, one per line, and hashed with SHA-256.
2. Before the draw the shop publishes this hash, the hash of a secret seed, and which public value will be added.
3. Afterwards it publishes the seed. The randomness is SHA-256(seed + newline + public value + newline + hash of the
   tickets).
4. The tickets are ranked by SHA-256(randomness + "|" + ticket), the smallest first. The first ones win.
5. A winner who is dropped stays in the record with the reason, and the next rank wins instead.

All hashes are in lower-case hexadecimal, of the text in UTF-8.
"""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

FORMAT = "wabolt-draw-1"


def digest(text: str) -> str:
    """SHA-256 of a text, in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def hash_of_tickets(tickets: list[str]) -> str:
    """The hash of a list of tickets. Their order does not matter."""
    return digest("\n".join(sorted(tickets)))


def randomness_of(seed: str, public_value: str, tickets_hash: str) -> str:
    """The number that decides the draw. `public_value`: "" if none was announced."""
    return digest("\n".join([seed, public_value, tickets_hash]))


def ranking(randomness: str, tickets: list[str]) -> list[str]:
    """The tickets in the order in which they win."""
    return sorted(tickets, key=lambda ticket: (digest(randomness + "|" + ticket), ticket))


def problems_of(record: dict[str, Any]) -> list[str]:
    """The differences between a published record and what its numbers give; empty if the draw is right."""
    if record.get("format") != FORMAT:
        return ["this is no record of a draw"]
    tickets, winners = record["tickets"], record["winners"]
    found = []
    if len(set(tickets)) != len(tickets):
        found.append("a ticket is in the list twice")
    if hash_of_tickets(tickets) != record["tickets_sha256"]:
        found.append("the list of tickets does not have the published hash")
    if not record.get("seed"):
        return found if not winners else [*found, "there are winners, but the seed is not published"]
    if digest(record["seed"]) != record["seed_sha256"]:
        found.append("the seed does not have the published hash")
    randomness = randomness_of(record["seed"], record["public_value"], record["tickets_sha256"])
    if randomness != record["randomness"]:
        found.append("the randomness is not that of the seed, the public value and the tickets")
    order = ranking(randomness, tickets)
    dropped = [winner for winner in winners if winner.get("dropped")]
    if [winner["ticket"] for winner in winners] != order[: len(winners)]:
        found.append("the winners are not the first of the ranking")
    if len(winners) != min(record["winners_wanted"] + len(dropped), len(tickets)):
        found.append("the number of winners is wrong")
    if any(not winner["dropped"].get("reason") for winner in dropped):
        found.append("a winner was dropped without a reason")
    return found


def main(path: str) -> int:
    """Prints what was found. Returns 0 if the draw is right."""
    record = json.loads(Path(path).read_text(encoding="utf-8"))
    found = problems_of(record)
    lines = [f"SALAH / WRONG: {problem}" for problem in found]
    if not found:
        lines.append(f"COCOK / MATCHES: {len(record['tickets'])} tickets, {len(record['winners'])} drawn")
        for winner in record["winners"]:
            gone = f" (dropped: {winner['dropped']['reason']})" if winner.get("dropped") else ""
            lines.append(f"  {winner['rank']}. {winner['ticket']}{gone}")
    sys.stdout.write("\n".join([*lines, ""]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
