"""B18: public pages of ways in under load: the page with the button, and the form.

    python -m benchmarks.b18_forms [--clients 64] [--seconds 10]

The real web server runs with one process per processor, as in B13. Each visitor without a session sends the next
request as soon as the answer is complete. Clients (`benchmarks.light_clients`), web server and PostgreSQL share the
machine. "/healthz" of the same server is the limit: three bytes that the front returns at once. "closed" is a page that
Django makes for each visitor.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys

from benchmarks.b13_load import free_port, postmaster_pid, processor_seconds, wait_for
from benchmarks.common import make_workspace, row, throwaway
from benchmarks.light_clients import visit


def prepare() -> dict[str, str]:
    """Creates a form with four questions and a link page. Returns the paths by name of the round."""
    from wabolt.channels.models import Channel
    from wabolt.contacts.services import create_field
    from wabolt.optin.services import PointDraft, create_point

    workspace = make_workspace("Gaya Nusantara")
    channel = Channel.objects.create(
        workspace=workspace, name="Kasir", provider="simulator", phone="+6281100000001", state="connected"
    )
    create_field(workspace=workspace, label="Ukuran", kind="choice", choices=["S", "M", "L", "XL"])
    asked = ("name", "birth_date", "city", "field:ukuran")
    questions = [{"key": key, "required": key == "name"} for key in asked]
    texts = {"headline": "Kabar koleksi baru", "incentive": "Diskon 10% untuk belanja pertama"}
    form = create_point(
        workspace=workspace, draft=PointDraft(kind="form", name="Web", channel=channel, questions=questions, **texts)
    )
    link = create_point(workspace=workspace, draft=PointDraft(kind="link", name="Bio", channel=channel, **texts))
    return {
        "form": f"/m/{form.slug}/",
        "link page": f"/m/{link.slug}/",
        "closed": "/m/tutup/",
        "limit: healthz": "/healthz",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    with throwaway() as url:
        paths, port = prepare(), free_port()
        web = subprocess.Popen(
            [sys.executable, "-m", "wabolt", "web", "--port", str(port)],
            env={**os.environ, "DATABASE_URL": url},
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(port)
            measure(web.pid, port, paths, options)
        finally:
            web.send_signal(signal.SIGTERM)
            web.wait(30)


def measure(web: int, port: int, paths: dict[str, str], options: argparse.Namespace) -> None:
    """Prints one row for each page and number of clients."""
    print(f"B18: {options.seconds:g} s a round, load average {os.getloadavg()[0]:.1f}")
    widths = (16, 9, 10, 12, 9, 9, 9, 9, 20)
    print(
        row("page", "clients", "views/s", "median ms", "p95 ms", "web ms", "PG ms", "own ms", "statuses", widths=widths)
    )
    postmaster = postmaster_pid()
    for name, path in paths.items():
        for clients in (4, options.clients):
            before = processor_seconds(web, postmaster)
            seen = visit(port, path, clients=clients, seconds=options.seconds)
            after = processor_seconds(web, postmaster)
            spent = [(now - then) * 1000 / len(seen.took) for now, then in zip(after, before, strict=True)]
            took = sorted(1000 * seconds for seconds in seen.took)
            marks = [statistics.median(took), took[int(len(took) * 0.95)]]
            views = len(took) / seen.seconds
            shown = [f"{milliseconds:.3f}" for milliseconds in spent]
            print(row(name, clients, views, *marks, *shown, str(seen.statuses), widths=widths))


if __name__ == "__main__":
    main()
