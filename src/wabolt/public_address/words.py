"""Texts for the problems of the public address, each with a remedy, in the active language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from wabolt.public_address.rules import Found, Problem


@dataclass(frozen=True)
class Words:
    """`what`: what happened. `remedy`: what to do."""

    what: str
    remedy: str


def words_of(finding: Found) -> Words:
    """Returns the sentences about a problem."""
    data = _Facts(finding.data)
    for group in (_of_ports, _of_dns, _of_authority, _of_answer):
        words = group(finding.problem, data)
        if words:
            return Words(words.what % data, words.remedy % data)
    raise AssertionError(finding.problem)


class _Facts(dict[str, Any]):
    """The data of a problem; a fact that an older version did not store is empty."""

    def __missing__(self, key: str) -> str:
        return ""


def _of_ports(problem: Problem, data: Mapping[str, Any]) -> Words | None:
    if problem is Problem.PORT_TAKEN and data["program"]:
        return Words(
            _("Port %(port)s of this machine is taken by the program %(program)s."),
            _("Stop %(program)s, or let it pass requests on to WABolt (docs/examples), and start again."),
        )
    if problem is Problem.PORT_TAKEN:
        return Words(
            _("Port %(port)s of this machine is taken by another program."),
            _("Find it with: sudo ss -ltnp 'sport = :%(port)s'. Stop it, and start again."),
        )
    if problem is Problem.PORT_FORBIDDEN:
        return Words(
            _("This user may not use port %(port)s."),
            _(
                "Install WABolt as a service, or allow low ports once with: "
                "echo net.ipv4.ip_unprivileged_port_start=80 | sudo tee /etc/sysctl.d/50-wabolt.conf && "
                "sudo sysctl --system"
            ),
        )
    return None


def _of_dns(problem: Problem, data: Mapping[str, Any]) -> Words | None:
    if problem is Problem.DNS_MISSING:
        return Words(
            _("The name %(name)s has no address yet."),
            _("Add an A record for it where you bought the domain. The change takes up to an hour."),
        )
    if problem is Problem.DNS_ELSEWHERE and data["own"]:
        return Words(
            _("The name %(name)s leads to %(addresses)s, which is not this machine."),
            _("Change its DNS record to %(own)s. The change takes up to an hour."),
        )
    if problem is Problem.DNS_ELSEWHERE:
        return Words(
            _("The name %(name)s leads to %(addresses)s, which is not this machine."),
            _("Change its DNS record to the address of this machine, or of the router in front of it."),
        )
    if problem is Problem.BEHIND_ROUTER:
        return Words(
            _("This machine is behind a router, and %(name)s leads to %(addresses)s."),
            _(
                "Let the router pass ports 80 and 443 on to this machine (port forwarding). If your internet provider "
                "gives the router no public address, use a tunnel instead (docs/public-address.md)."
            ),
        )
    return None


def _of_authority(problem: Problem, data: Mapping[str, Any]) -> Words | None:
    if problem is Problem.RATE_LIMITED and data["retry_at"]:
        return Words(
            _("Too many certificates were requested for %(name)s."),
            _("The next one can be requested after %(retry_at)s UTC; WABolt does that by itself."),
        )
    words = {
        Problem.RATE_LIMITED: Words(
            _("Too many certificates were requested for %(name)s."),
            _("WABolt asks again by itself. It can take a week; another name works at once, for example wa2.toko.id."),
        ),
        Problem.UNAUTHORIZED: Words(
            _("The certificate for %(name)s was refused, because another server answered under this name."),
            _("Check that its DNS record, also the AAAA record, leads to this machine only."),
        ),
        Problem.UNREACHABLE: Words(
            _("The certificate for %(name)s was refused, because this machine cannot be reached from the internet."),
            _("Open ports 80 and 443 in the firewall, or pass them on in the router."),
        ),
        Problem.CAA: Words(
            _("The owner of the domain does not allow this certificate for %(name)s (CAA record)."),
            _("Add letsencrypt.org to the CAA record of the domain, or remove that record."),
        ),
        Problem.NAME_REJECTED: Words(
            _("No certificate is given for the name %(name)s."), _("Choose another name under your own domain.")
        ),
        Problem.AUTHORITY_OFFLINE: Words(
            _("The certificate authority cannot be reached from this machine."),
            _("Check the internet connection of this machine. WABolt asks again by itself."),
        ),
        Problem.CERTIFICATE_REFUSED: Words(
            _("The certificate for %(name)s was refused: %(detail)s"), _("WABolt asks again by itself.")
        ),
        Problem.CLOCK: Words(
            _("The clock of this machine is wrong, so no certificate is valid."),
            _("Set it with: sudo timedatectl set-ntp true"),
        ),
    }
    return words.get(problem)


def _of_answer(problem: Problem, _data: Mapping[str, Any]) -> Words | None:
    words = {
        Problem.NO_ANSWER: Words(
            _("The public address does not answer."),
            _(
                "Open it on a phone with mobile data. If it opens there, only this machine cannot reach it"
                " through your router. If not, check the router, the tunnel or the firewall."
            ),
        ),
        Problem.CERTIFICATE_EXPIRED: Words(
            _("The certificate of the public address has expired."),
            _("Check that ports 80 and 443 are open; WABolt then renews it by itself."),
        ),
        Problem.CERTIFICATE_INVALID: Words(
            _("The public address has no valid certificate yet."),
            _(
                "The first certificate takes about a minute. If this does not change, see the reason above or in"
                " log/https.log."
            ),
        ),
        Problem.OTHER_SERVER: Words(
            _("Another server answers at the public address."),
            _("Check the DNS record of the name, and where the router or the tunnel leads."),
        ),
        Problem.REDIRECTED: Words(
            _("The public address redirects to %(location)s."),
            _("Set WABOLT_PUBLIC_URL to the address after the redirect, or remove the redirect."),
        ),
        Problem.NOT_PASSED_ON: Words(
            _("The web server in front of WABolt answers but cannot reach WABolt."),
            _("Check that it passes requests on to the port of WABolt."),
        ),
    }
    return words.get(problem)
