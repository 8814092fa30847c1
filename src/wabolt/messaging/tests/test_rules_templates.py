"""Gaps of a vendor's templates."""

from tests.cases import each

from wabolt.messaging.message_templates.queries import says_how_to_stop
from wabolt.messaging.message_templates.rules import (
    call_components,
    header_file,
    unsupported,
    variables,
)

BUTTONS = {
    "type": "BUTTONS",
    "buttons": [
        {"type": "QUICK_REPLY", "text": "Mau"},
        {"type": "URL", "text": "Buka", "url": "https://toko.example/{{1}}", "example": ["https://toko.example/batik"]},
        {"type": "COPY_CODE", "example": "HEMAT10"},
    ],
}


def test_a_buttons_gap_is_only_what_follows_its_address() -> None:
    found = variables([BUTTONS])
    assert [(one.key, one.example, one.before) for one in found] == [
        ("button.1.1", "batik", "https://toko.example/"),
        ("button.2.code", "HEMAT10", ""),
    ]
    calls = call_components([BUTTONS], {"button.1.1": "tenun", "button.2.code": "A1"})
    assert [call["parameters"][0] for call in calls] == [
        {"type": "text", "text": "tenun"},
        {"type": "coupon_code", "coupon_code": "A1"},
    ]


def test_an_example_of_another_address_stays_as_it_is() -> None:
    button = {"type": "URL", "url": "https://toko.example/{{1}}", "example": "tenun"}
    [gap] = variables([{"type": "BUTTONS", "buttons": [button]}])
    assert gap.example == "tenun"


def test_what_cannot_be_sent_is_named() -> None:
    assert unsupported([{"type": "CAROUSEL"}]) == "CAROUSEL"
    assert unsupported([{"type": "HEADER", "format": "VIDEO"}]) == "HEADER VIDEO"
    assert unsupported([{"type": "BUTTONS", "buttons": [{"type": "OTP"}]}]) == "BUTTONS OTP"
    assert unsupported([{"type": "HEADER", "format": "IMAGE"}, BUTTONS]) == ""
    assert header_file([{"type": "HEADER", "format": "DOCUMENT"}]) == "document"


@each(
    ("components", "said"),
    [
        ([{"type": "FOOTER", "text": "Balas STOP untuk berhenti"}], True),
        ([{"type": "BODY", "text": "Halo"}, {"type": "FOOTER", "text": "STOP untuk berhenti"}], True),
        ([{"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Berhenti promosi"}]}], True),
        ([{"type": "BODY", "text": "Promo berhenti besok, jangan sampai kehabisan"}], False),
        ([{"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Stop & shop", "url": "https://a.example"}]}], False),
    ],
)
def test_says_how_to_stop_of_a_template(components: list[dict[str, object]], said: bool) -> None:
    assert says_how_to_stop(components) is said
