from types import SimpleNamespace

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import path

from wabolt.ui import navigation
from wabolt.ui.navigation import NavItem


def page(_request: HttpRequest) -> HttpResponse:
    """Never called; these routes only have to resolve."""
    raise AssertionError


urlpatterns = [
    path("", page, name="start"),
    path("kontak/", page, name="people"),
    path("kontak/impor/", page, name="imports"),
    path("setelan/", page, name="settings"),
    path("more/", page, name="more"),
]

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_items", {})
    navigation.register(NavItem("people", "Kontak", "people", "users", phone_bar=True, order=20))
    navigation.register(NavItem("start", "Beranda", "start", "home", phone_bar=True, order=10))
    navigation.register(NavItem("later", "Nanti", "not:there", "clock", order=5))
    navigation.register(NavItem("imports", "Impor", "imports", "upload", section="more", order=60))
    navigation.register(NavItem("settings", "Pengaturan", "settings", "settings", section="settings", min_role="owner"))


def build(where: str, role: str | None = "owner") -> navigation.Navigation:
    request = RequestFactory().get(where)
    request.membership = SimpleNamespace(role=role) if role else None  # type: ignore[attr-defined]
    return navigation.build(request)


def keys(places: tuple[navigation.NavLink, ...]) -> list[str]:
    return [place.key for place in places]


def test_places_are_in_order_and_only_if_they_resolve() -> None:
    assert keys(build("/").main) == ["start", "people"]


def test_an_entry_is_hidden_when_shown_returns_false() -> None:
    navigation.register(NavItem("some", "Sebagian", "more", "users", shown=lambda request: request.path == "/"))
    assert "some" in keys(build("/").main)
    assert "some" not in keys(build("/kontak/").main)


def test_role_hides_what_it_may_not_enter() -> None:
    assert keys(build("/", "owner").settings) == ["settings"]
    assert keys(build("/", "manager").settings) == []


@pytest.mark.parametrize("role", [None, "", "root"])
def test_visitor_or_unknown_role_sees_nothing(role: str | None) -> None:
    assert keys(build("/", role).main) == []


@pytest.mark.parametrize(
    ("where", "active"),
    [
        ("/", "start"),
        ("/kontak/", "people"),
        ("/kontak/17/", "people"),
        ("/kontak/impor/3/", "imports"),
        ("/kontakan/", None),
        ("/lain/", None),
    ],
)
def test_deepest_place_above_the_page_is_active(where: str, active: str | None) -> None:
    nav = build(where)
    lit = [p.key for p in (*nav.main, *nav.more, *nav.settings) if p.active]
    assert lit == ([active] if active else [])


def test_more_page_holds_what_the_phone_bar_does_not() -> None:
    nav = build("/")
    assert keys(nav.phone) == ["start", "people"]
    assert keys(nav.beyond_phone) == ["imports", "settings"]


def test_phone_bar_has_four_places_at_most() -> None:
    for n in range(6):
        navigation.register(NavItem(f"x{n}", "x", "people", "x", phone_bar=True))
    assert len(build("/").phone) == 4


def test_registering_a_key_again_replaces_it() -> None:
    navigation.register(NavItem("start", "Rumah", "start", "home"))
    assert [str(p.label) for p in build("/").main if p.key == "start"] == ["Rumah"]
