"""Loading the demo shop, with the services, imports and lanes of a real shop."""

import lzma
import threading
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from wabolt.accounts.models import AuditEntry, User, Workspace
from wabolt.accounts.services import create_workspace, record_audit
from wabolt.broadcasts import services as broadcasts
from wabolt.channels.models import Channel
from wabolt.channels.services import create_channel
from wabolt.commerce.models import Product
from wabolt.consent.services import add_keyword
from wabolt.demo import carts, chats, events, giveaways, history, journeys, privacy, shop
from wabolt.imports import services as imports
from wabolt.imports.models import Import
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.quiet_hours import Hours, quiet_until
from wabolt.segments.models import Segment
from wabolt.segments.queries import catalogue, parse
from wabolt.segments.services import create_segment, update_segment

Progress = Callable[[int, int], None]

DATA_ENDS = date(2026, 10, 31)
"""Day of the last order in the data."""
AGE_OF_DATA = timedelta(days=3)
"""Age of the last order after loading: all orders are moved by whole days, so that the demo stays recent."""
OPENED_AGO = timedelta(days=140)
"""Age of the shop, its number and its contact list. The history of its journeys is younger."""
PACE = 40
FINISHED_AGO = timedelta(days=9)
STEPS = 1000
DATA = files("wabolt.demo").joinpath("data")
"""Folder of `kontak.csv.xz` and `pesanan.csv.xz`."""
LOADED = "demo.load"
"""Audit action that marks a complete load. It cannot be deleted, so a visitor's changes are never overwritten."""


def load_demo(*, progress: Progress, data: Traversable = DATA) -> User:
    """Returns the owner of the demo shop; loads the shop first if it does not exist.

    `progress(done, total)` is called often. An incomplete load is deleted and started again. Raises
    DomainError(code="real_shop") if the database holds any other data.
    """
    loaded = AuditEntry.objects.filter(action=LOADED, user__email=shop.OWNER_EMAIL).first()
    if loaded and loaded.user:
        return loaded.user
    _make_room()
    owner = User.objects.create_user(shop.OWNER_EMAIL, name=shop.OWNER_NAME)
    with clock.hold(clock.now() - OPENED_AGO):
        workspace = create_workspace(name=shop.SHOP_NAME, owner=owner, is_demo=True)
        add_keyword(workspace=workspace, action="start", word=shop.JOIN_WORD)
        channel = _channel(workspace)
        contacts = _unpacked(data, "kontak.csv")
        _import(workspace, owner, "contacts", "kontak.csv", contacts, lambda part: progress(int(340 * part), STEPS))
    progress(350, STEPS)
    # the contact list is as old as the shop and does not know later orders
    orders = _orders(data)
    left, ordered = carts.plan_carts(workspace, orders)
    carts.fill_carts(workspace, left)
    _import(workspace, owner, "orders", "pesanan.csv", orders, lambda part: progress(350 + int(400 * part), STEPS))
    carts.fill_carts(workspace, ordered)
    _name_products(workspace)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # later queries are planned with statistics of the loaded data
    history.create_ways_in(workspace, channel, owner)
    giveaways.create_giveaways(workspace, channel, owner)
    events.create_classes(workspace, channel, owner)
    privacy.ask_for_data(workspace, channel, owner)
    chats.answer_by_itself(workspace, channel, owner)
    progress(780, STEPS)
    past = _morning(workspace, clock.now() - FINISHED_AGO)
    _batik_broadcast(workspace, channel, owner, past, lambda part: progress(780 + int(190 * part), STEPS))
    _segments(workspace, owner)
    _running_broadcast(workspace, channel, owner)
    with translation.override(workspace.language):
        journeys.run_journeys(workspace, channel, owner)
    record_audit(workspace=workspace, actor=owner, action=LOADED)
    progress(STEPS, STEPS)
    return owner


@transaction.atomic
def _make_room() -> None:
    """Deletes the rows of an incomplete load. Raises DomainError if the database holds any other data."""
    with connection.cursor() as cursor:
        # no shop can be created between the check and the deletion
        cursor.execute("LOCK TABLE accounts_user, accounts_workspace IN SHARE ROW EXCLUSIVE MODE")
        others = User.objects.exclude(email=shop.OWNER_EMAIL).exclude(memberships__workspace__is_demo=True)
        if Workspace.objects.filter(is_demo=False).exists() or others.exists():
            raise DomainError(
                _("A real shop lives here. The demo shop needs a home folder of its own (WABOLT_DEMO_HOME)."),
                code="real_shop",
            )
        if not User.objects.exists():
            return
        cursor.execute("SELECT format('%I', relname), relhastriggers FROM pg_class WHERE relkind IN ('r', 'p')"
                       " AND NOT relispartition AND relnamespace = 'public'::regnamespace AND relname NOT IN"
                       " ('django_migrations', 'django_content_type', 'auth_permission')")  # fmt: skip
        tables = cursor.fetchall()
        guarded = [name for name, has_triggers in tables if has_triggers]
        # append-only tables refuse TRUNCATE while their triggers are enabled
        for name in guarded:
            cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        cursor.execute(f"TRUNCATE {', '.join(name for name, _has_triggers in tables)}")
        for name in guarded:
            cursor.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")


def _channel(workspace: Workspace) -> Channel:
    """Creates the channel, linked long ago, at a pace that a visitor can watch."""
    goods = [
        ["BTK-02", "Dress Batik Mega Mendung", "batik", 289_000],
        ["BTK-01", "Kemeja Batik Parang", "batik", 245_000],
        ["TNN-01", "Tenun Ikat Sumba", "tenun", 425_000],
        ["AKS-01", "Tas Rotan", "aksesori", 165_000],
    ]
    channel = create_channel(
        workspace=workspace, provider="simulator", name=shop.SHOP_NAME, phone="+6281100001945",
        options={"seed": 1945, "goods": goods, "shop_url": shop.SHOP_URL},
    )  # fmt: skip
    channel.linked_at = clock.now()
    channel.daily_cap, channel.warm_up, channel.messages_per_minute = 5000, False, PACE
    channel.save()
    return channel


def _unpacked(data: Traversable, name: str) -> bytes:
    return lzma.decompress(data.joinpath(f"{name}.xz").read_bytes())


def _orders(folder: Traversable) -> bytes:
    """Returns the orders, moved by whole days if the demo is loaded long after the data ends."""
    days = (clock.now().date() - AGE_OF_DATA - DATA_ENDS).days
    data = _unpacked(folder, "pesanan.csv")
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
    """Runs an import like a worker, and reports its progress."""
    taken = imports.start_import(workspace=workspace, kind=kind, file=BytesIO(data), filename=name, created_by=owner)
    imports.queue_import(workspace=workspace, import_id=taken.pk, answers={"consent_statement": shop.STATEMENT})
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
        raise RuntimeError(f"the demo's {name} could not be imported: {done.error}") from next(iter(failed), None)


def _name_products(workspace: Workspace) -> None:
    for product in Product.objects.filter(workspace=workspace):
        product.url = f"{shop.SHOP_URL}/produk/{product.sku.lower()}"
        product.save(update_fields=["url"])


def _segments(workspace: Workspace, owner: User) -> None:
    """Creates the five segments. The one of the finished broadcast exists already and is changed."""
    known = catalogue(workspace)
    there = {segment.name: segment for segment in Segment.objects.filter(workspace=workspace)}
    for name, description, text in shop.SEGMENTS:
        tree = parse(text, known)
        if name in there:
            update_segment(segment=there[name], name=name, tree=tree, description=description, by=owner)
        else:
            create_segment(workspace=workspace, name=name, tree=tree, description=description, by=owner)


def _morning(workspace: Workspace, moment: datetime) -> datetime:
    """09.30 on that local day, outside the quiet hours."""
    return datetime.combine(moment.astimezone(workspace.tz).date(), time(9, 30), tzinfo=workspace.tz)


def _batik_broadcast(
    workspace: Workspace, channel: Channel, owner: User, at: datetime, progress: Callable[[float], None]
) -> None:
    """Creates a broadcast of last week, sent and answered in simulated time."""
    with clock.hold(at):
        known = catalogue(workspace)
        batik = create_segment(
            workspace=workspace, name="Peminat Batik", tree=parse('bought category "batik" within 30 days', known),
            by=owner,
        )  # fmt: skip
        broadcast = broadcasts.save_draft(
            workspace=workspace,
            values=broadcasts.DraftValues(
                channel=channel,
                segment=batik,
                name="Koleksi Batik Terbaru",
                text=shop.BATIK,
                holdout_percent=10,
                voucher_percent=10,
                voucher_days=14,
            ),
            user=owner,
        )
        broadcasts.start(broadcast=broadcast)
        broadcasts.freeze(broadcast_id=broadcast.pk)
    history.simulate_period(channel, at, clock.now(), progress)


def _running_broadcast(workspace: Workspace, channel: Channel, owner: User) -> None:
    """Creates a broadcast that is running when the owner opens the page."""
    hours = Hours(workspace.tz, channel.quiet_from, channel.quiet_until)
    if quiet_until(hours, clock.now()) is not None:
        # a visitor may come at night, when a real shop would only wait: the quiet hours are at noon
        channel.quiet_from, channel.quiet_until = time(12), time(13)
        channel.save(update_fields=["quiet_from", "quiet_until"])
    regular = Segment.objects.get(workspace=workspace, name="Pelanggan Reguler")
    broadcast = broadcasts.save_draft(
        workspace=workspace,
        values=broadcasts.DraftValues(
            channel=channel,
            segment=regular,
            name="Flash Sale Tenun",
            text=shop.TENUN,
            voucher_percent=15,
            voucher_days=7,
        ),
        user=owner,
    )
    broadcasts.start(broadcast=broadcast)
    broadcasts.freeze(broadcast_id=broadcast.pk)
