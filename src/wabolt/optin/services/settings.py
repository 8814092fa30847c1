"""Changes the settings of a shop's public pages, and makes the templates that ask typed numbers for a YES."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.channels.models import Channel
from wabolt.channels.registry import capabilities
from wabolt.consent.models import Wording
from wabolt.lib.errors import DomainError
from wabolt.messaging.models import Template
from wabolt.messaging.services import NewTemplate, create_template
from wabolt.optin.models import OptinSettings
from wabolt.optin.queries import asking_name, settings_of
from wabolt.optin.wordings import asking_text


@transaction.atomic
def save_settings(*, workspace: Workspace, proof_of_work: bool, asking_channel: Channel | None) -> OptinSettings:
    """Stores the settings. Raises DomainError `bad_channel` for a number that sends no templates."""
    if asking_channel is not None:
        if asking_channel.workspace_id != workspace.pk:
            raise ValueError("a channel of another workspace")
        if not capabilities(asking_channel.provider).needs_templates:
            raise DomainError(_("This number sends no templates."), code="bad_channel", field="asking_channel")
    saved, _created = OptinSettings.objects.update_or_create(
        workspace=workspace, defaults={"proof_of_work": proof_of_work, "asking_channel": asking_channel}
    )
    data = {"proof_of_work": proof_of_work, "asking_channel": str(asking_channel or "")}
    record_audit(workspace=workspace, action="entry_point.settings", data=data)
    return saved


def make_asking_template(*, workspace: Workspace, wording: Wording, author: User | None = None) -> Template:
    """Hands in the template that asks typed numbers for a YES to `wording`. It can be used when Meta has approved it.

    Raises DomainError `off` without a number that asks, and as `create_template`.
    """
    channel = settings_of(workspace).asking_channel
    if channel is None:
        raise DomainError(_("Choose the number that asks, and save."), code="off")
    with override(wording.language):
        body, answers = asking_text(workspace.name, wording.text), [_("YES"), _("That was not me")]
    new = NewTemplate(
        name=asking_name(wording), language=wording.language, category="utility", body=body, buttons=answers
    )
    return create_template(channel=channel, new=new, actor=author)
