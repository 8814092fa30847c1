"""Names of the audit actions of accounts."""

from django.utils.translation import gettext_lazy as _

from wabolt.accounts.audit_text import role_name
from wabolt.accounts.registry import quoted, register_audit, shorten
from wabolt.ui.filters import number_id


def register() -> None:
    """Registers the names; called from `AccountsConfig.ready`."""
    register_audit(
        actions={
            "workspace.create": _("Opened the shop"),
            "workspace.change_opening_times": _("Changed the opening hours"),
            "workspace.update": _("Changed the shop's settings"),
            "member.add": _("Joined the team"),
            "member.invite": _("Invited a person to the team"),
            "member.revoke_invitation": _("Took an invitation back"),
            "member.change_role": _("Changed a role"),
            "member.remove": _("Removed a person from the team"),
            "member.end_grants": _("Invitations and keys ended with a member's right to give them"),
            "api_key.create": _("Made an API key"),
            "api_key.revoke": _("Switched an API key off"),
            "user.sign_in": _("Signed in"),
            "user.sign_in_failed": _("Could not sign in: wrong password"),
            "user.second_factor_failed": _("Could not sign in: wrong code"),
            "user.locked_out": _("Sign-in locked for some minutes after too many wrong tries"),
            "user.sign_out": _("Signed out"),
            "user.sign_in_link": _("Signed in by a link"),
            "user.update_profile": _("Changed their name or language"),
            "user.set_password": _("New password from the command line"),
            "user.reset_second_factor": _("Second step switched off from the command line"),
            "user.change_password": _("Changed their password"),
            "user.add_second_factor": _("Switched the second step on"),
            "user.remove_second_factor": _("Switched the second step off"),
            "user.new_recovery_codes": _("Made new recovery codes"),
            "system.backup": _("Made a backup"),
            "system.restore": _("Restored a backup"),
        },
        settings={
            "name": _("Name"),
            "timezone": _("Time zone"),
            "language": _("Language"),
            "currency": _("Currency"),
        },
        values={
            "True": _("yes"),
            "False": _("no"),
            "id": _("Indonesian"),
            "en": _("English"),
            "Asia/Jakarta": "WIB",
            "Asia/Makassar": "WITA",
            "Asia/Jayapura": "WIT",
        },
        facts={
            "role": role_name,
            "count": number_id,
            "kind": lambda value: str(value).upper(),
            "reason": quoted,
            "grants": lambda value: shorten(", ".join(map(str, value))),
        },
    )
