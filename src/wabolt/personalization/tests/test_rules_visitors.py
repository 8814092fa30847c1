"""Visits of a link that count as a click of a person."""

from hypothesis import given
from hypothesis import strategies as st
from tests.cases import each

from wabolt.personalization.rules.visitors import is_machine

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"
PHONES = [
    f"Mozilla/5.0 (Linux; Android 10; CUBOT X30) {CHROME}",
    f"Mozilla/5.0 (Linux; U; Android 8.1.0; id-id; CUBOT_POWER Build/O11019) {CHROME}",
    f"Mozilla/5.0 (Linux; Android 13; Doogee ROBOT) {CHROME}",
    f"Mozilla/5.0 (Linux; Android 12; SM-A125F) {CHROME} [FB_IAB/FB4A;FBAV/400.0;]",
    f"Mozilla/5.0 (Linux; Android 12; SM-A125F) {CHROME} Instagram 300.0 Android",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Twitter for iPhone/10.1",
    "Opera/9.80 (Android; Opera Mini/36.2.2254/119.132; U; id) Presto/2.12.423 Version/12.16",
    "Opera/9.80 (J2ME/MIDP; Opera Mini/9.80 (S60; SymbOS; Opera Mobi/23.348)/191.249; U; id) Presto/2.5.25",
    "UCWEB/2.0 (MIDP-2.0; U; Adr 9.0.0; id-ID; CPH1937) U2/1.0.0 UCBrowser/10.7.9.856 U2/1.0.0 Mobile",
]
MACHINES = [
    "WhatsApp/2.24.13.77 A",
    "WhatsApp/2.2413.1 W",
    "TelegramBot (like TwitterBot)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "facebookexternalhit/1.1;line-poker/1.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
    f"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) {CHROME} (compatible; Googlebot/2.1; +http://google.com)",
    "Mozilla/5.0 (compatible; kakaotalk-scrap/1.0; +https://devtalk.kakao.com/)",
    "Viber/15.0",
    "Mozilla/5.0 (compatible; archive.org; +https://archive.org/details/archive.org)",
    "Mozilla/5.0 (compatible; LinkChecker/2.0)",
    "Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0 Safari/537.36 (+https://contoh.id/about)",
    "curl/8.5.0",
    "python-requests/2.32",
    "Dalvik/2.1.0 (Linux; U; Android 12; SM-A125F)",
    "",
]


@each("agent", PHONES)
def test_tap_on_a_phone_is_a_click(agent: str) -> None:
    assert not is_machine("GET", {"User-Agent": agent})


@each("agent", MACHINES)
def test_link_preview_is_no_click(agent: str) -> None:
    assert is_machine("GET", {"User-Agent": agent})


@given(st.text("abcdefghijklmnopqrstuvwxyzBOT0123456789 -_", max_size=20))
def test_name_of_a_phone_does_not_make_a_visit_a_machine(model: str) -> None:
    assert not is_machine("GET", {"User-Agent": f"Mozilla/5.0 (Linux; Android 14; {model}bot) {CHROME}"})


def test_prefetch_is_no_click() -> None:
    agent = {"User-Agent": PHONES[0]}
    assert is_machine("HEAD", agent)
    assert is_machine("GET", agent | {"Sec-Purpose": "prefetch;prerender"})
    assert is_machine("GET", agent | {"Sec-Fetch-Dest": "image"})
