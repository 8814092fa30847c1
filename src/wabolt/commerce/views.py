"""Pages of carts: the list, one cart with its versions, noting one in a conversation, and the settings."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wabolt.accounts.queries import membership_of, user_of, workspace_of
from wabolt.commerce import queries, services
from wabolt.commerce.forms import CartSettingsForm, TypedCartForm
from wabolt.commerce.models import Cart
from wabolt.commerce.rules.carts import WAITING, short_list
from wabolt.commerce.rules.typed_lines import KnownProduct, read_lines
from wabolt.commerce.services import CartLine
from wabolt.commerce.words import refused_line, state_word
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import called
from wabolt.lib.errors import DomainError
from wabolt.lib.formats import decimals_of
from wabolt.lib.refusal import Refusal
from wabolt.lib.roles import at_least
from wabolt.lib.web import back_to, edits, render_page, requires
from wabolt.ui.forms import show_refusal

PER_PAGE = 50
SHOWN_PRODUCTS = 12


def _may_write(request: HttpRequest) -> bool:
    return at_least(membership_of(request).role, "agent")


@requires("viewer")
@require_safe
def cart_list(request: HttpRequest) -> HttpResponse:
    """Lists the carts, the latest change first. `?state=` selects one state."""
    workspace = workspace_of(request)
    counts = queries.cart_counts(workspace)
    state = request.GET.get("state", "")
    carts = queries.carts_of(workspace)
    page = Paginator(carts.filter(state=state) if state in Cart.State.values else carts, PER_PAGE).get_page(
        request.GET.get("page")
    )
    shown = list(page.object_list)
    lines = queries.lines_of(shown)
    names = called(workspace, [cart.contact for cart in shown])
    context = {
        "page": page,
        "rows": [(cart, names[cart.contact_id], short_list(lines[cart.pk])) for cart in shown],
        "state": state,
        "counts": [(one.value, state_word(one.value), counts[one.value]) for one in Cart.State if counts[one.value]],
        "nothing": not any(counts.values()),
        "left": counts["abandoned"],
        "left_total": queries.abandoned_total(workspace),
    }
    return render_page(request, "commerce/cart_list.html", context, fragments=("rows",))


@requires("viewer")
@require_safe
def cart_detail(request: HttpRequest, cart_id: int) -> HttpResponse:
    """Shows a cart with its versions and the order that closed it."""
    workspace = workspace_of(request)
    cart = get_object_or_404(queries.carts_of(workspace).select_related("order"), pk=cart_id)
    context = {
        "cart": cart,
        "name": called(workspace, [cart.contact])[cart.contact_id],
        "versions": queries.versions_of(cart),
        "may_close": _may_write(request) and cart.state in WAITING,
    }
    return render_page(request, "commerce/cart_detail.html", context)


@requires("agent")
@require_POST
def close(request: HttpRequest, cart_id: int) -> HttpResponse:
    """Marks a cart as ordered (`do=order`) or empties it (`do=empty`)."""
    workspace = workspace_of(request)
    cart = get_object_or_404(Cart, workspace=workspace, pk=cart_id)
    act = services.order_cart if request.POST.get("do") == "order" else services.empty_cart
    try:
        act(workspace=workspace, cart_id=cart.pk, by=user_of(request))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        done = _("The order is recorded.") if act is services.order_cart else _("The cart is empty now.")
        messages.success(request, done)
    return redirect(back_to(request, reverse("commerce:cart", args=[cart.pk])))


@requires("agent")
@require_http_methods(["GET", "HEAD", "POST"])
def note(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Notes a cart of a contact from a tapped product or from typed text."""
    workspace = workspace_of(request)
    contact = get_object_or_404(Contact, workspace=workspace, pk=contact_id, erased_at=None)
    products = queries.goods(workspace)
    form = TypedCartForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            lines = _noted_lines(request, form, products)
            services.note_cart(
                workspace=workspace, contact_id=contact.pk, lines=lines, by=user_of(request), seen=_seen(request)
            )
        except DomainError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The cart is noted."))
            return redirect(back_to(request, reverse("contacts:detail", args=[contact.pk])))
    cart = queries.noted_cart(workspace, contact.pk)
    context: dict[str, Any] = {
        "form": form,
        "contact": contact,
        "name": called(workspace, [contact])[contact.pk],
        "products": products[:SHOWN_PRODUCTS],
        "cart": cart,
        "items": short_list(queries.lines_of([cart])[cart.pk]) if cart else "",
        "next": back_to(request, reverse("contacts:detail", args=[contact.pk])),
        "currency": workspace.currency,
    }
    return render_page(request, "commerce/note_cart.html", context, status=422 if form.errors else 200)


def _noted_lines(request: HttpRequest, form: TypedCartForm, products: list[KnownProduct]) -> list[CartLine]:
    sku = request.POST.get("sku", "")
    tapped = [product for product in products if product.sku == sku]
    if tapped:
        return [CartLine(tapped[0].sku, tapped[0].name, 1, tapped[0].price)]
    decimals = decimals_of(workspace_of(request).currency)
    typed = read_lines(form.cleaned_data["words"], queries.by_name(products), decimals=decimals)
    if isinstance(typed, Refusal):
        raise DomainError(refused_line(typed), code=typed.code, field="words")
    return [CartLine(line.sku, line.name, line.quantity, line.price) for line in typed]


def _seen(request: HttpRequest) -> tuple[int, int] | None:
    """Returns the id and version of the cart that the page showed, or None."""
    pk, _sign, version = request.POST.get("seen", "").partition(":")
    is_one = pk.isdecimal() and version.isdecimal() and len(pk) < 19 and len(version) < 10
    return (int(pk), int(version)) if is_one else None


@requires("manager")
@require_http_methods(["GET", "HEAD", "POST"])
@edits()
def settings_page(request: HttpRequest) -> HttpResponse:
    """Changes the time after which a cart counts as abandoned."""
    workspace = workspace_of(request)
    initial = {"abandoned_after": queries.cart_settings(workspace).abandoned_after}
    form = CartSettingsForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        minutes = form.cleaned_data["abandoned_after"]
        services.save_cart_settings(workspace=workspace, abandoned_after=minutes, by=user_of(request))
        messages.success(request, _("Saved."))
        return redirect("commerce:cart_settings")
    return render_page(request, "commerce/cart_settings.html", {"form": form}, status=422 if form.errors else 200)
