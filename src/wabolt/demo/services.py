"""Loads the demo shop: through the same services, imports and lanes that a real shop uses."""

import lzma
import threading
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from io import BytesIO

from django.db import connection

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import create_workspace
from wabolt.broadcasts import services as broadcasts
from wabolt.channels.models import Channel
from wabolt.channels.services import create_channel
from wabolt.commerce.models import Product
from wabolt.consent.services import add_keyword
from wabolt.contacts.models import Import
from wabolt.contacts.services import imports
from wabolt.demo import history, shop
from wabolt.lib import clock
from wabolt.messaging.rules.policy import Hours, quiet_until
from wabolt.segments.models import Segment
from wabolt.segments.queries import catalogue
from wabolt.segments.rules import parse
from wabolt.segments.services import create_segment

Progress = Callable[[int, int], None]

DATA_ENDS = date(2026, 10, 31)
"""The day of the last order in the data."""
AGE_OF_DATA = timedelta(days=3)
"""Loaded later, all orders move forward so that the last one was so long ago: a demo does not grow old."""
PACE = 40
FINISHED_AGO = timedelta(days=9)
STEPS = 1000


def load_demo(*, progress: Progress) -> User:
    """The owner of the demo shop; builds the shop first if it is not there. `progress(done, total)` is called often.

    A load that broke off is thrown away and begun again.
    """
    owner = User.objects.filter(email=shop.OWNER_EMAIL).first()
    if owner and Segment.objects.filter(workspace__memberships__user=owner).count() == len(shop.SEGMENTS):
        return owner
    _forget()
    owner = User.objects.create_user(shop.OWNER_EMAIL, name=shop.OWNER_NAME)
    with clock.hold(clock.now() - timedelta(days=45)):
        workspace = create_workspace(name=shop.SHOP_NAME, owner=owner, is_demo=True)
        add_keyword(workspace=workspace, action="start", word=shop.JOIN_WORD)
        channel = _channel(workspace)
        _import(workspace, owner, "contacts", "kontak.csv", _contacts(), lambda part: progress(int(350 * part), STEPS))
        _import(
            workspace, owner, "orders", "pesanan.csv", _orders(), lambda part: progress(350 + int(400 * part), STEPS)
        )
    _name_products(workspace)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # all later steps are planned on what was just loaded
    history.newcomers(workspace, channel)
    progress(780, STEPS)
    past = _morning(workspace, clock.now() - FINISHED_AGO)
    _batik_broadcast(workspace, channel, owner, past, lambda part: progress(780 + int(190 * part), STEPS))
    _segments(workspace, owner)
    _running_broadcast(workspace, channel, owner)
    progress(STEPS, STEPS)
    return owner


def _forget() -> None:
    """Removes a half-loaded shop. Only a demo's home folder ever holds one, and nothing else is in it."""
    if not User.objects.filter(email=shop.OWNER_EMAIL).exists():
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT format('%I', relname) FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
                       " AND relnamespace = 'public'::regnamespace AND relname <> 'django_migrations'"
                       " AND relname <> 'django_content_type'")  # fmt: skip
        tables = ", ".join(name for (name,) in cursor.fetchall())
        # The append-only tables refuse to be emptied; here the whole shop goes and comes again.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"TRUNCATE {tables}")
        cursor.execute("SET session_replication_role = origin")


def _channel(workspace: Workspace) -> Channel:
    """The shop's number, linked long ago, at a pace that shows something while one looks."""
    goods = [
        ["BTK-02", "Dress Batik Mega Mendung", "batik", 289_000],
        ["BTK-01", "Kemeja Batik Parang", "batik", 245_000],
        ["TNN-01", "Tenun Ikat Sumba", "tenun", 425_000],
        ["AKS-01", "Tas Rotan", "aksesori", 165_000],
    ]
    channel = create_channel(
        workspace=workspace, provider="simulator", name=shop.SHOP_NAME, phone="+6281100001945",
        options={"seed": 1945, "goods": goods},
    )  # fmt: skip
    channel.linked_at = clock.now() - timedelta(days=30)
    channel.daily_cap, channel.warm_up, channel.messages_per_minute = 5000, False, PACE
    channel.save()
    return channel


def _unpacked(name: str) -> bytes:
    return lzma.decompress(files("wabolt.demo").joinpath("data", f"{name}.xz").read_bytes())


def _contacts() -> bytes:
    return _unpacked("kontak.csv")


def _orders() -> bytes:
    """The orders, moved forward by whole days when the demo is loaded long after the data ends."""
    days = ((clock.now() + timedelta(days=45)).date() - AGE_OF_DATA - DATA_ENDS).days
    data = _unpacked("pesanan.csv")
    if days <= 0:
        return data
    head, *lines = data.decode().splitlines()
    moved = [head]
    for line in lines:
        cells = line.split(",")
        cells[3] = (datetime.fromisoformat(cells[3]) + timedelta(days=days)).isoformat()
        moved.append(",".join(cells))
    return "\n".join(moved).encode()


def _import(
    workspace: Workspace, owner: User, kind: str, name: str, data: bytes, progress: Callable[[float], None]
) -> None:
    """Runs an import as a worker would, and watches its progress from beside."""
    taken = imports.start_import(workspace=workspace, kind=kind, file=BytesIO(data), filename=name, created_by=owner)
    imports.queue_import(workspace=workspace, import_id=taken.pk, consent_statement=shop.STATEMENT)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            imports.run_import(taken.pk)
        except BaseException as error:  # noqa: BLE001  # told to the one who waits
            failed.append(error)
        finally:
            connection.close()

    worker = threading.Thread(target=work, name=f"demo-{kind}")
    worker.start()
    while worker.is_alive():
        worker.join(0.2)
        now = Import.objects.only("next_row", "rows_total").get(pk=taken.pk)
        progress(now.next_row / now.rows_total if now.rows_total else 0)
    done = Import.objects.get(pk=taken.pk)
    if failed or done.state != Import.State.DONE:
        raise RuntimeError(f"the demo's {name} could not be imported: {done.error}") from (failed or [None])[0]


def _name_products(workspace: Workspace) -> None:
    for product in Product.objects.filter(workspace=workspace):
        product.url = f"{shop.SHOP_URL}/produk/{product.sku.lower()}"
        product.save(update_fields=["url"])


def _segments(workspace: Workspace, owner: User) -> None:
    known = catalogue(workspace)
    for name, description, text in shop.SEGMENTS:
        if not Segment.objects.filter(workspace=workspace, name=name).exists():
            create_segment(workspace=workspace, name=name, tree=parse(text, known), description=description, by=owner)


def _morning(workspace: Workspace, moment: datetime) -> datetime:
    """Half past nine on that local day: outside the quiet hours."""
    return datetime.combine(moment.astimezone(workspace.tz).date(), time(9, 30), tzinfo=workspace.tz)


def _batik_broadcast(
    workspace: Workspace, channel: Channel, owner: User, at: datetime, progress: Callable[[float], None]
) -> None:
    """A broadcast of last week, sent and answered in simulated time."""
    with clock.hold(at):
        known = catalogue(workspace)
        batik = create_segment(
            workspace=workspace, name="Batik 30 hari", tree=parse('bought category "batik" within 60 days', known),
            description="Belanja batik dua bulan terakhir", by=owner,
        )  # fmt: skip
        broadcast = broadcasts.save_draft(
            workspace=workspace, channel=channel, segment=batik, name="Koleksi Batik Terbaru", text=shop.BATIK,
            holdout_percent=10, voucher_percent=10, voucher_days=14, user=owner,
        )  # fmt: skip
        broadcasts.start(broadcast=broadcast)
        broadcasts.freeze(broadcast_id=broadcast.pk)
    history.live_through(channel, at, clock.now(), progress)
    broadcasts.complete_finished()


def _running_broadcast(workspace: Workspace, channel: Channel, owner: User) -> None:
    """A broadcast that is under way when the owner opens the page."""
    hours = Hours(workspace.tz, channel.quiet_from, channel.quiet_until)
    if quiet_until(hours, clock.now()) is not None:
        # Somebody looks at the demo at night: a shop that only waits has nothing to show.
        channel.quiet_from = channel.quiet_until
        channel.save(update_fields=["quiet_from"])
    regular = Segment.objects.get(workspace=workspace, name="Pelanggan Reguler")
    broadcast = broadcasts.save_draft(
        workspace=workspace, channel=channel, segment=regular, name="Flash Sale Tenun", text=shop.TENUN,
        voucher_percent=15, voucher_days=7, user=owner,
    )  # fmt: skip
    broadcasts.start(broadcast=broadcast)
    broadcasts.freeze(broadcast_id=broadcast.pk)
