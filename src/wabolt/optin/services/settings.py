"""Changes the settings of a shop's public pages."""

from django.db import transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.lib.errors import DomainError
from wabolt.messaging.models import Template
from wabolt.optin.models import OptinSettings
from wabolt.optin.queries import asking_templates


@transaction.atomic
def save_settings(*, workspace: Workspace, proof_of_work: bool, template: Template | None) -> OptinSettings:
    """Stores the settings. Raises DomainError `bad_template` for a template that cannot ask for a YES."""
    if template is not None and template not in asking_templates(workspace):
        raise DomainError(_("This template cannot be used here."), code="bad_template", field="template")
    saved, _created = OptinSettings.objects.update_or_create(
        workspace=workspace, defaults={"proof_of_work": proof_of_work, "template": template}
    )
    return saved
