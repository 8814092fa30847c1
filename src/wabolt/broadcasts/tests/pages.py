"""Form data of the composer, and hostile texts that must never appear unescaped."""

from uuid import uuid4

from wabolt.accounts.models import Workspace
from wabolt.broadcasts.tests.factories import make_segment
from wabolt.channels.tests.factories import make_channel
from wabolt.segments.models import Segment

XSS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</textarea><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{constructor.constructor('alert(1)')()}}",
)
LIVE = ("<script>alert", "<img src=x", "onmouseover='alert")


def written(workspace: Workspace, **changes: object) -> dict[str, object]:
    """Returns the data of a valid composer form."""
    segment = Segment.objects.filter(workspace=workspace).first() or make_segment(workspace)
    channel = make_channel(workspace, quiet_from="00:00", quiet_until="00:00")
    return {
        "creation_key": str(uuid4()),
        "name": "Koleksi baru",
        "segment": segment.pk,
        "channel": channel.pk,
        "text": 'Halo {{ contact.name | default: "Kak" }}',
        "voucher_percent": 0,
        "voucher_days": 14,
        "holdout_percent": 0,
        "attribution_days": 7,
        **changes,
    }


def body(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]
