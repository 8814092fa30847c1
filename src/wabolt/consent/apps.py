from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsentConfig(AppConfig):
    name = "wabolt.consent"
    label = "consent"

    def ready(self) -> None:
        from wabolt.accounts.registry import SettingsPage, register_pages
        from wabolt.channels.models import Channel, RawEvent
        from wabolt.consent import audit, panels, receivers, segment_fields, tallies  # noqa: F401 - connects the receivers
        from wabolt.consent.registry import named_by, register_evidence
        from wabolt.consent.services import alerting
        from wabolt.contacts.models import Contact
        from wabolt.contacts.registry import (
            ExportColumn,
            Mark,
            Panel,
            register_export_column,
            register_mark,
            register_merge_preview,
            register_panel,
        )
        from wabolt.imports.models import Import
        from wabolt.ui.filters import local_time

        register_panel(
            Panel("consent", _("Permission"), "consent/contact_head.html", panels.head, slot="head", order=10)
        )
        register_mark(Mark("consent", _("Permission"), panels.marks, panels.FILTERS, order=10))
        register_merge_preview("consent", panels.merge_preview)
        columns = (_("Permission for promotions"), _("Permission since"))
        register_export_column(ExportColumn("consent", columns, panels.export_cells, order=10))
        panels.register_event_lines()
        segment_fields.register()
        tallies.register()
        _register_personal_data()
        register_evidence("import", named_by(Import, "filename"))
        register_evidence("channel", named_by(Channel, "name"))
        register_evidence("contact", named_by(Contact, "name"))
        register_evidence("raw_event", named_by(RawEvent, "received_at", local_time, "channel__workspace"))
        audit.register()
        alerting.register_alert()
        register_pages(
            SettingsPage(
                "keywords", _("Stop and join words"), "consent:keywords", "hand-stop", order=50, min_role="manager",
                hint=_("Words with which customers stop or rejoin"),
            ),
            SettingsPage(
                "wordings", _("Permission texts"), "consent:wordings", "shield-check", order=55, min_role="manager",
                hint=_("The words that people agree to"),
            ),
        )  # fmt: skip


def _register_personal_data() -> None:
    from wabolt.contacts.registry import PersonalData, register_personal_data

    register_personal_data(
        PersonalData("consent_stopdoubt", _("Message that may mean stop"), once=("workspace_id",), fate="deleted"),
        PersonalData("consent_restriction", _("Restriction"), once=("workspace_id",), fate="deleted"),
        PersonalData("consent_objection", _("Objection"), once=("workspace_id",), fate="deleted"),
        PersonalData("consent_consent", _("Permission"), moves=False, fate="kept"),
        PersonalData(
            "consent_consentevent",
            _("Proof of permission"),
            moves=False,
            fate="kept",
            by_room=True,
            secret=("hash", "prev_hash", "redaction"),
        ),
    )
