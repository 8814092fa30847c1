"""`wabolt channel-proxy`."""

import click
from django.utils.translation import gettext_lazy as _

from wabolt.channels.models import Channel
from wabolt.channels.providers.linked.proxy import set_proxy


@click.command(
    "channel-proxy",
    help=_("Set the proxy of a linked number. The command asks for its address and stores it encrypted."),
)
@click.argument("number", type=int)
@click.option("--remove", is_flag=True, help=_("Remove the number's own proxy."))
def channel_proxy(number: int, *, remove: bool) -> None:
    """Sets or removes the proxy of the channel with the id `number`."""
    channel = Channel.objects.filter(pk=number, provider="linked", archived_at=None).first()
    if channel is None:
        raise click.ClickException(str(_("There is no linked number with this id.")))
    address = "" if remove else click.prompt(str(_("Address of the proxy")), hide_input=True, err=True)
    set_proxy(channel=channel, address=address)
    click.echo(str(_("Saved. The next connection uses it.")))


commands: list[click.Command] = [channel_proxy]
