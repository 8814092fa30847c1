"""Invented data for the style guide."""

from datetime import timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from wabolt.lib import clock

PEOPLE = (
    ("Ayu Lestari", "+6281234567890", "Bandung", ("reseller", "batik"), "granted", 14, 2_350_000),
    ("Budi Santoso", "+6285712345678", "Surabaya", ("baru",), "none", 1, 150_000),
    ("Citra Kirana Dewi Anggraini", "+6281398765432", "Kota Yogyakarta", (), "granted", 6, 940_000),
    ("Dewi", "", "Makassar", ("VIP",), "withdrawn", 22, 8_120_000),
)
MESSAGE = (
    "Halo Kak *Ayu*! 👋\n\nBatik _tulis_ Pekalongan favorit Kakak sudah datang lagi. Khusus malam ini "
    "~Rp350.000~ jadi *Rp275.000*. Kode: ```AYU25```\n\nhttps://gayanusantara.id/b/k3x9\n\n"
    "Balas STOP untuk berhenti berlangganan"
)


class SampleForm(forms.Form):
    """One field of each kind, some with errors."""

    name = forms.CharField(label=_("Name"), max_length=60, initial="Gaya Nusantara")
    email = forms.EmailField(label=_("E-mail"), help_text=_("Only for signing in."))
    city = forms.ChoiceField(label=_("City"), choices=[("bdg", "Bandung"), ("sby", "Surabaya")], required=False)
    pace = forms.ChoiceField(
        label=_("Pace"), choices=[("slow", _("Calm")), ("fast", _("Brisk"))], widget=forms.RadioSelect, initial="slow"
    )
    text = forms.CharField(
        label=_("Message"),
        widget=forms.Textarea(attrs={"rows": 4, "data-counter": "text-count", "maxlength": 1000}),
        required=False,
    )
    agree = forms.BooleanField(label=_("They agreed to receive messages"))


def style_guide(request: HttpRequest) -> dict[str, Any]:
    """Returns the context of the style guide."""
    now = clock.now()
    keys = ("name", "phone", "city", "tags", "consent", "orders", "spent")
    form = SampleForm({"name": "Gaya Nusantara", "email": "ini bukan e-mail", "pace": "slow"})
    return {
        "people": [
            {"pk": 1000 + n, **dict(zip(keys, row, strict=True)), "seen": now - timedelta(hours=7 * n + 1)}
            for n, row in enumerate(PEOPLE)
        ],
        "form": form,
        "now": now,
        "message": MESSAGE,
        "states": ("queued", "sent", "delivered", "read", "failed", "suppressed", "unknown", "running", "granted"),
        "steps": (_("File"), _("Match columns"), _("Permission"), _("Result")),
        "tab_items": [
            ("data", _("Data"), "?tab=data"),
            ("events", _("What happened"), "?tab=events", 128),
            ("chat", _("Conversation"), "?tab=chat"),
        ],
        "trend": _("Up 12 % on last month"),
        "page": Paginator(range(480), 20).get_page(request.GET.get("page", 3)),
        "funnel_rows": [
            (_("Sent"), 1204, "primary", "#sent"),
            (_("Delivered"), 1173, "primary"),
            (_("Read"), 812, "primary"),
            (_("Clicked"), 214, "primary"),
            (_("Ordered"), 41, "good"),
        ],
        "bar_rows": [("Bandung", 4210), ("Surabaya", 2987), ("Jakarta", 2544), ("Makassar", 611)],
        "chart": {
            "x": ["Jun", "Jul", "Agu", "Sep", "Okt", "Nov"],
            "series": [{"name": _("Contacts with permission"), "values": [9200, 10150, 11800, 12900, 15010, 16499]}],
        },
        "money_chart": {
            "x": ["Minggu 1", "Minggu 2", "Minggu 3", "Minggu 4"],
            "series": [{"name": _("Orders"), "values": [12_400_000, 9_150_000, 18_020_000, 21_700_000]}],
            "unit": "money",
        },
    }
