"""Every kind of alert that a room registers: what happens opens it once, it is repeated politely, its words and its
link help, and the end of what happened resolves it.

Each kind has a case in `alert_cases.py` with the code that opens and resolves it in real life.
"""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import translation

from tests.guards.alert_cases import CASES, NOON, Scene, backup_again
from tests.guards.visits import taken_back
from wabolt.accounts.models import Membership, Workspace
from wabolt.accounts.tests.factories import make_member, make_workspace, sign_in
from wabolt.alerts import rules, services
from wabolt.alerts.models import Alert, ChannelChoice
from wabolt.alerts.registry import AlertKind, kind_of, kinds
from wabolt.alerts.tests.factories import Postbox
from wabolt.backups import services as backups
from wabolt.backups.tests.factories import make_run
from wabolt.lib import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    settings.BACKUP_RECIPIENTS = []
    with clock.hold(NOON) as held, monkeypatch.context() as patch:
        shop = make_workspace()
        make_member(shop)
        yield Scene(shop, held, patch)


def test_every_kind_has_a_case() -> None:
    assert {kind.key for kind in kinds()} == set(CASES)


def _kind(key: str) -> AlertKind:
    kind = kind_of(key)
    assert kind is not None
    return kind


def _deliver() -> None:
    services.resolve_ended()
    services.announce_due()
    services.deliver_due(channel="postbox")


def _helps(kind: AlertKind, alert: Alert, shop: Workspace) -> None:
    """Checks the words of an alert, and that its link leads to a page that each member who hears of it may open."""
    words: dict[str, list[str]] = {}
    for language in ("id", "en"):
        with translation.override(language):
            parts = [str(kind.label), kind.sentence(alert.subject, alert.data), kind.advice(alert.subject, alert.data)]
            parts.append(kind.outline(alert.subject, alert.data) if kind.outline else str(kind.label))
            assert kind.sentence("", {}), "an older version may have stored other data"
            kind.advice("", {})
            kind.page("", {})
        words[language] = parts
        assert not [part for part in parts if re.search(r"%\(|\{|None", part)], parts
        assert parts[0]
        assert parts[1].endswith((".", "?", "!")) or parts[1].endswith(")"), parts[1]
    assert words["id"][0] != words["en"][0]
    assert words["id"][1] != words["en"][1]

    page = kind.page(alert.subject, alert.data)
    assert page, "an alert leads to a page where a member can act"
    for role in sorted({"owner", kind.min_role}):
        client = Client()
        sign_in(client, make_member(shop, role, f"{role}@toko.example"))
        response = client.get(page, follow=True)
        assert (response.status_code, role) == (200, role), page


@pytest.mark.parametrize("key", CASES)
def test_opens_once_helps_repeats_politely_and_resolves(key: str, scene: Scene) -> None:
    kind, case = _kind(key), CASES[key]
    member = Membership.objects.get(workspace=scene.shop)
    ChannelChoice.objects.create(membership=member, kind=key, channels=["postbox"])
    open_ones = Alert.objects.filter(kind=key, resolved_at=None, workspace=scene.shop)
    with Postbox().connected() as postbox:
        case.happen(scene)
        scene.clock.move(seconds=kind.grace.total_seconds())
        case.happen(scene)
        [alert] = open_ones.all()
        assert alert.opened_at <= clock.now()
        with taken_back():  # a page may resolve the alert
            _helps(kind, alert, scene.shop)
        Alert.objects.exclude(kind=key).update(announce_at=None)  # others are not the subject
        told = [0]

        def letters() -> int:
            _deliver()
            told.append(sum(key in {item.kind for item in letter.items} for letter in postbox.letters))
            return told[-1] - told[-2]

        assert letters() == 1
        for wait in () if kind.ends_after else rules.REPEATS[kind.severity]:
            scene.clock.move(seconds=wait.total_seconds() / 2)
            assert letters() == 0
            scene.clock.move(seconds=wait.total_seconds() / 2)
            assert letters() == 1
        if case.end is None:
            assert kind.ends_after is not None
            scene.clock.move(seconds=kind.ends_after.total_seconds() + 1)
        else:
            case.end(scene)
        assert letters() == 0
        assert not open_ones.all().exists()
        scene.clock.move(hours=24 * 30)
        assert letters() == 0


def test_a_backup_that_the_machine_makes_up_for_is_not_announced(scene: Scene) -> None:
    """A laptop was off over the weekend. On Monday its worker finds the backup old, and makes one within minutes."""
    member = Membership.objects.get(workspace=scene.shop)
    ChannelChoice.objects.create(membership=member, kind="backup.old", channels=["postbox"])
    backups.ensure_settings()
    make_run()
    scene.clock.move(hours=60)
    with Postbox().connected() as postbox:
        backups.check_backups()
        assert Alert.objects.filter(kind="backup.old", resolved_at=None).exists()
        _deliver()
        scene.clock.move(minutes=20)
        backup_again(scene)
        _deliver()
        scene.clock.move(hours=2)
        _deliver()
        assert postbox.letters == []
