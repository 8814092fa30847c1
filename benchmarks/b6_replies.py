"""B6: take messages in with 500 rules of automatic replies on, and without any rule.

    python -m benchmarks.b6_replies [--messages 5000] [--rules 500]

Each message comes from another customer, as most messages of a shop do. One in four asks what a rule answers, three in
four say something else, so all words are compared, also for typing errors. The figure is the time that the rules add to
a message; messages of both kinds are stored, counted and answered by the ordinary intake. Both runs take turns.
"""

import argparse
import os
import statistics
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from benchmarks.common import make_workspace, say, throwaway

if TYPE_CHECKING:
    from wabolt.accounts.models import Workspace
    from wabolt.channels.models import Channel

ASKED = ("kata{n} kak berapa", "mau tanya dong kata{n}", "kta{n}", "halo min, kata{n} ready?")
OTHER = (
    "makasih banyak ya kak, barangnya sudah sampai kemarin sore dan bagus sekali", "besok saya ke toko ya kak",
    "kak ini fotonya", "oke siap", "tolong dibungkus yang rapi ya soalnya buat kado ulang tahun mama",
    "warnanya sama kayak yang di foto gak ya kak soalnya kemarin beda", "assalamualaikum", "bntr ya kak aku cek dulu",
)  # fmt: skip
ROUNDS = 5


def make_rules(workspace: "Workspace", count: int) -> None:
    """Rules with four phrases each, one of them of two words."""
    from wabolt.autoreply.services import AnswerDraft, RuleDraft, create_rule

    for n in range(count):
        phrases = [f"kata{n:03}", f"barang{n:03}", f"model{n:03}", f"harga kode{n:03}"]
        create_rule(workspace=workspace, draft=RuleDraft(f"Aturan {n}", phrases, [AnswerDraft(f"Jawaban {n}")]))


def ring(channel: "Channel", count: int, run: str) -> None:
    """Stores the raw events of `count` messages from as many customers."""
    from wabolt.channels.models import RawEvent
    from wabolt.lib import clock

    now = clock.now()
    texts = [
        ASKED[n // 4 % len(ASKED)].format(n=f"{n % 500:03}") if n % 4 == 0 else OTHER[n % len(OTHER)]
        for n in range(count)
    ]
    RawEvent.objects.bulk_create(
        [
            RawEvent(
                channel=channel, kind="message", dedupe_key=f"{run}-{n}", occurred_at=now, received_at=now,
                payload={
                    "at": (now - timedelta(seconds=30)).isoformat(), "key": f"{run}-{n}",
                    "phone": f"+6281{n:08}", "name": f"Pelanggan {n}", "text": text,
                },
            )
            for n, text in enumerate(texts)
        ],
        batch_size=2000,
    )  # fmt: skip


def taken_in(channel: "Channel", count: int, run: str) -> float:
    """Takes `count` messages in. Returns the seconds."""
    from wabolt.messaging.services import process_raw_events

    ring(channel, count, run)
    started = time.perf_counter()
    while process_raw_events(channel).processed:
        pass
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--rules", type=int, default=500)
    options = parser.parse_args()
    with throwaway():
        from django.db import connection

        from wabolt.channels.models import Channel
        from wabolt.messaging.models import Message

        shops = {name: make_workspace(name) for name in ("with", "without")}
        channels = {
            name: Channel.objects.create(
                workspace=shop, name=name, provider="simulator", phone=f"+62811000000{n}", state="connected"
            )
            for n, (name, shop) in enumerate(shops.items(), 1)
        }
        make_rules(shops["with"], options.rules)
        say("warm up: the customers become contacts")
        for name, channel in channels.items():
            taken_in(channel, options.messages, f"0{name}")
        seconds: dict[str, list[float]] = {name: [] for name in channels}
        for turn in range(ROUNDS):
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM messaging_message WHERE direction = 'outbound'")  # the limits of replies
                cursor.execute("VACUUM ANALYZE messaging_message, messaging_conversation, channels_rawevent")
            for name, channel in channels.items():
                seconds[name].append(taken_in(channel, options.messages, f"{turn + 1}{name}"))
        answered = Message.objects.filter(origin_kind="auto_reply").count()
        with_rules, without = (statistics.median(seconds[name]) for name in ("with", "without"))
        added = 1000 * (with_rules - without) / options.messages
        print(
            f"load {os.getloadavg()[0]:.1f}; {options.rules} rules, {options.messages} messages, {answered} answered:"
            f" {options.messages / with_rules:.0f} messages/s with rules, {options.messages / without:.0f}/s without,"
            f" the rules add {added:.2f} ms per message"
        )


if __name__ == "__main__":
    main()
