"""Pages of approved templates and of what messages cost."""

from django.conf import settings
from django.contrib import messages as notices
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wabolt.accounts.queries import membership_of, user_of, workspace_of
from wabolt.channels.models import Channel
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.roles import at_least
from wabolt.lib.web import accepts_body, edits, render_page, requires
from wabolt.media.services import store_upload
from wabolt.messaging.message_templates import rules
from wabolt.messaging.message_templates.forms import (
    NewTemplateForm,
    PriceForm,
    has_template_channels,
    template_channels,
)
from wabolt.messaging.message_templates.models import Template
from wabolt.messaging.message_templates.queries import says_how_to_stop, templates
from wabolt.messaging.message_templates.services import (
    NewTemplate,
    create_template,
    gap_words,
    part_words,
    sync_templates,
)
from wabolt.messaging.outbox.queries import price_table
from wabolt.messaging.outbox.services.prices import set_prices
from wabolt.ui.forms import show_refusal

REJECTIONS = {
    "ABUSIVE_CONTENT": _l("Meta finds the text offensive or threatening."),
    "INVALID_FORMAT": _l("The form is wrong: gaps that are not numbered, missing examples, or strange signs."),
    "PROMOTIONAL": _l("This is a promotion; hand it in as one."),
    "TAG_CONTENT_MISMATCH": _l("Text and category or language do not fit together."),
    "SCAM": _l("Meta takes it for a scam, often because of a link or a wish for private data."),
}
"""Meta's reasons for rejecting a template, as sentences."""


def has_use_for_templates(request: HttpRequest) -> bool:
    """Whether the workspace has a channel whose vendor approves templates."""
    return has_template_channels(workspace_of(request))


@requires("viewer")
@require_safe
def template_list(request: HttpRequest) -> HttpResponse:
    """All templates with their status, and the prices per message."""
    workspace = workspace_of(request)
    prices = list(price_table(workspace).values())
    context = {
        "templates": [(template, *_words(template)) for template in templates(workspace)],
        "channels": template_channels(workspace),
        "prices": [(PriceForm.LABELS.get(price.category, price.category), price) for price in prices],
        "one_date": prices[0] if len({(price.as_of, price.is_default) for price in prices}) == 1 else None,
        "may_change": at_least(membership_of(request).role, "manager"),
    }
    return render_page(request, "messaging/template_list.html", context)


@requires("viewer")
@require_safe
def template_detail(request: HttpRequest, template_id: int) -> HttpResponse:
    """One template, filled with its examples."""
    template = templates(workspace_of(request)).filter(pk=template_id).first()
    if template is None:
        raise Http404
    variables = rules.variables(template.components)
    examples = {variable.key: variable.example for variable in variables if variable.example}
    category, language = _words(template)
    context = {
        "template": template,
        "category": category,
        "language": language,
        "reason": str(REJECTIONS.get(template.reason, template.reason)),
        "gaps": [(gap_words(variable), variable.before + variable.example) for variable in variables],
        "reads": rules.reads_as(template.components, examples),
        "unsupported": part_words(rules.unsupported(template.components)),
        "picture": rules.header_file(template.components),
        "says_stop": says_how_to_stop(template.components),
    }
    return render_page(request, "messaging/template_detail.html", context)


def _words(template: Template) -> tuple[str, str]:
    """The category and language of a template, in words."""
    category = PriceForm.LABELS.get(template.category, template.category)
    languages = dict(NewTemplateForm.LANGUAGES)
    return str(category), str(languages.get(template.language, template.language))


@requires("manager")
@require_POST
def template_sync(request: HttpRequest) -> HttpResponse:
    """Synchronises the templates of every channel that has some."""
    for channel in template_channels(workspace_of(request)):
        _sync(request, channel)
    return redirect("messaging:templates")


def _sync(request: HttpRequest, channel: Channel) -> None:
    try:
        count = sync_templates(channel=channel)
    except DomainError as error:
        notices.error(request, f"{channel.name}: {error}")
    else:
        notices.success(request, _("%(name)s: %(count)s templates.") % {"name": channel.name, "count": count})


@accepts_body(settings.MEDIA_MAX_BYTES)
@requires("manager")
@require_http_methods(["GET", "HEAD", "POST"])
def template_new(request: HttpRequest) -> HttpResponse:
    """Submits a template for approval."""
    form = NewTemplateForm(workspace_of(request), request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            upload = values.pop("file")
            media = store_upload(workspace=workspace_of(request), upload=upload) if upload is not None else None
            channel = values.pop("channel")
            new = NewTemplate(**values, media=media)
            template = create_template(channel=channel, new=new, actor=user_of(request))
        except DomainError as error:
            show_refusal(form, error, {"media": "file"})
        else:
            notices.success(request, _("Handed in. Meta usually answers within a day."))
            return redirect("messaging:template", template.pk)
    has_channel = bool(template_channels(workspace_of(request)))
    context = {"form": form, "has_channel": has_channel}
    return render_page(request, "messaging/template_new.html", context, status=422 if form.errors else 200)


@requires("owner")
@edits()
@require_http_methods(["GET", "HEAD", "POST"])
def prices(request: HttpRequest) -> HttpResponse:
    """The price of a message in each category."""
    workspace = workspace_of(request)
    today = clock.now().astimezone(workspace.tz).date()
    table = price_table(workspace)
    form = PriceForm(table, request.POST or None, today=today)
    if request.method == "POST" and form.is_valid():
        set_prices(
            workspace=workspace, amounts=form.amounts(), as_of=form.cleaned_data["as_of"], actor=user_of(request)
        )
        notices.success(request, _("Saved."))
        return redirect("messaging:templates")
    guessed = [price.as_of for price in table.values() if price.is_default]
    context = {"form": form, "is_estimate": bool(guessed), "as_of": min(guessed, default=None)}
    return render_page(request, "messaging/prices.html", context, status=422 if form.errors else 200)
