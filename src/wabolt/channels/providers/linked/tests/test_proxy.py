"""A number's proxy may hold a password. No table, log or audit entry contains it in plain text."""

from importlib import import_module

import pytest
from click.testing import CliRunner
from django.apps import apps
from django.db import connection

from wabolt.accounts.models import AuditEntry
from wabolt.channels.cli import channel_proxy
from wabolt.channels.models import Channel
from wabolt.channels.providers.linked.proxy import proxy_of, set_proxy
from wabolt.channels.tests.factories import make_channel
from wabolt.lib.errors import DomainError

pytestmark = pytest.mark.django_db
ADDRESS = "socks5://toko:kata-sandi-rahasia@proxy.example:1080"


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Channel:
    monkeypatch.setenv("WABOLT_WA_PROXY", "http://all.example:8080")
    return make_channel(provider="linked")


def stored() -> str:
    """Returns the rows of the channels and of the audit log as a backup writes them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(c::text, ' ') FROM channels_channel c")
        (rows,) = cursor.fetchone()
    return f"{rows} {list(AuditEntry.objects.values())}"


def test_own_proxy_is_sealed_and_overrides_the_general_one(channel: Channel) -> None:
    assert proxy_of(channel) == "http://all.example:8080"
    set_proxy(channel=channel, address=ADDRESS)
    channel.refresh_from_db()
    assert proxy_of(channel) == ADDRESS
    assert "kata-sandi" not in stored()
    assert AuditEntry.objects.get(action="channel.proxy").target_id == channel.pk
    set_proxy(channel=channel, address="")
    assert proxy_of(channel) == "http://all.example:8080"


@pytest.mark.parametrize("address", ["proxy.example:1080", "ftp://a", "http://", "http://a:99999", "http://[::1"])
def test_invalid_proxy_address_is_refused(channel: Channel, address: str) -> None:
    with pytest.raises(DomainError) as refused:
        set_proxy(channel=channel, address=address)
    assert refused.value.code == "bad_proxy"


def test_a_proxy_in_plain_text_is_sealed_by_the_migration(channel: Channel) -> None:
    Channel.objects.filter(pk=channel.pk).update(options={"proxy": ADDRESS, "other": 1})
    import_module("wabolt.channels.migrations.0011_seal_proxies").seal_proxies(apps, None)
    channel.refresh_from_db()
    assert proxy_of(channel) == ADDRESS
    assert channel.options["other"] == 1
    assert "kata-sandi" not in stored()


def test_the_command_asks_without_an_echo(channel: Channel) -> None:
    done = CliRunner().invoke(channel_proxy, [str(channel.pk)], input=f"{ADDRESS}\n")
    assert done.exit_code == 0
    assert "kata-sandi" not in done.output
    channel.refresh_from_db()
    assert proxy_of(channel) == ADDRESS
    assert CliRunner().invoke(channel_proxy, [str(channel.pk), "--remove"]).exit_code == 0
    assert CliRunner().invoke(channel_proxy, [str(make_channel().pk)]).exit_code == 1
