"""What the codes of the audit log are called on the screen."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_actions: dict[str, str | Promise] = {
    "workspace.create": _("Opened the shop"),
    "workspace.update": _("Changed the shop's settings"),
    "member.add": _("Joined the team"),
    "member.invite": _("Invited somebody to the team"),
    "member.revoke_invitation": _("Took an invitation back"),
    "member.change_role": _("Changed a role"),
    "member.remove": _("Removed somebody from the team"),
    "api_key.create": _("Made an API key"),
    "api_key.revoke": _("Switched an API key off"),
    "user.set_password": _("New password from the command line"),
    "user.reset_second_factor": _("Second step switched off from the command line"),
    "user.change_password": _("Changed their password"),
    "user.add_second_factor": _("Switched the second step on"),
    "user.remove_second_factor": _("Switched the second step off"),
    "user.sign_in_link": _("Signed in by a link"),
    "consent.grant": _("Wrote down a yes"),
    "consent.withdraw": _("Wrote down a stop"),
    "keyword.add": _("Added a stop or join word"),
    "keyword.remove": _("Removed a stop or join word"),
    "wording.add": _("New permission text"),
    "contact.create": _("Added a contact"),
    "contact.update": _("Changed a contact"),
    "contact.erase": _("Deleted contacts"),
    "contact.tag": _("Put labels on contacts"),
    "contact.untag": _("Took labels off contacts"),
    "contact.export": _("Exported contacts"),
    "import.upload": _("Uploaded a list"),
    "import.start": _("Started an import"),
    "import.cancel": _("Stopped an import"),
    "field.create": _("Made a column"),
    "field.update": _("Changed a column"),
    "field.archive": _("Archived a column"),
    "field.delete": _("Deleted a column"),
    "tag.rename": _("Renamed a label"),
    "tag.delete": _("Deleted a label"),
    "channel.create": _("Added a number"),
    "channel.update": _("Changed a number's settings"),
    "channel.settings": _("Changed a number's settings"),
    "channel.pause": _("Paused a number"),
    "channel.resume": _("Resumed a number"),
    "channel.archive": _("Took a number out of use"),
    "channel.retry_events": _("Read old events again"),
    "channel.cloud_account": _("Changed the access to Meta"),
    "prices.set": _("Changed the prices"),
    "template.create": _("Handed in a template"),
    "segment.create": _("Made a segment"),
    "segment.update": _("Changed a segment"),
    "segment.delete": _("Deleted a segment"),
    "broadcast.create": _("Made a broadcast"),
    "broadcast.start": _("Started a broadcast"),
    "broadcast.schedule": _("Scheduled a broadcast"),
    "broadcast.pause": _("Paused a broadcast"),
    "broadcast.resume": _("Resumed a broadcast"),
    "broadcast.settle": _("Said what became of messages in doubt"),
    "broadcast.strangers": _("Decided on people who have never written"),
    "broadcast.cancel": _("Cancelled a broadcast"),
}


def register_actions(actions: Mapping[str, str | Promise]) -> None:
    """Teaches the audit page the actions of another room; called from `AppConfig.ready()`."""
    _actions.update(actions)


def action_word(action: str) -> str:
    """An action in the reader's language; one that we have no words for shows as it is."""
    return str(_actions.get(action, action))
