"""Takes screenshots of all main pages at 360 and 1280 px, light and dark, into build/shots/.

The tool starts a demo shop and an empty shop, like `wabolt demo` and `wabolt up`. It fails if a page is wider than the
screen, returns an error, logs a browser error or has an accessibility fault. `--docs` creates the pictures of the
README and the guides instead; `--docs privasi` only those whose name begins like this.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser.access import faults  # noqa: E402
from tests.browser.chromium import CHROMIUM_ARGS, HEADLESS_SHELL  # noqa: E402
from tests.browser.installation import Installation, running_installation  # noqa: E402

OUT, DOCS = ROOT / "build" / "shots", ROOT / "docs" / "images"
SIZES = {360: 740, 1280: 900}
HIGHEST = 3000
SCHEMES = ("light", "dark")
LIST = """Nama Lengkap;No. HP / WA;Kota;JK;Tgl Lahir;Setuju Promo?;Ukuran Baju
AYU LESTARI;0812-3456-7001;bdg;P;08-04-1991;Ya;M
budi santoso;+62 812 3456 7002;BANDUNG;L;29/12/1976;setuju;XL
Citra;0812 3456 7003;Sby;P;;tidak;S
"""
Pages = dict[str, str]


def say(text: str) -> None:
    """Prints a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Problems(list[str]):
    """Browser errors, each with the page it occurred on."""

    def watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.append(f"{page.url}: {error}"))
        page.on("console", lambda told: self.append(f"{page.url}: {told.text}") if told.type == "error" else None)


@contextmanager
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    if not HEADLESS_SHELL:
        raise SystemExit("Screenshots need Chromium: install it with your system's package manager.")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=HEADLESS_SHELL, args=CHROMIUM_ARGS)
        yield started
        started.close()


def context(
    chromium: Browser, base: str, *, width: int = 1280, scheme: str = "light", **more: object
) -> BrowserContext:
    """A browser context of one width and colour scheme, in Indonesian."""
    return chromium.new_context(
        base_url=base, viewport={"width": width, "height": SIZES[width]}, color_scheme=scheme, locale="id-ID", **more
    )  # type: ignore[arg-type]


def sign_in(chromium: Browser, site: Installation, state: Path) -> None:
    """Opens the printed link and stores the session in `state`."""
    entered = context(chromium, site.base)
    page = entered.new_page()
    page.goto(site.link)
    if "/masuk/" in page.url:
        page.locator("main form button").first.click()
        page.wait_for_url(f"{site.base}/")
    entered.storage_state(path=state)
    entered.close()


def settle(page: Page) -> None:
    """Waits until htmx has loaded its fragments and no animation runs."""
    page.wait_for_load_state("load")
    page.wait_for_timeout(350)
    page.wait_for_selector(".htmx-request", state="detached", timeout=10_000)


def prepare_import(page: Page, folder: Path) -> str:
    """Uploads a small list. Returns the address of its import."""
    file = folder / "pelanggan.csv"
    file.write_text(LIST, encoding="utf-8")
    page.goto("/imports/new/?kind=contacts")
    page.locator("[type=file]").set_input_files(file)
    page.locator("main form").get_by_role("button").last.click()
    page.wait_for_url("**/columns/")
    return page.url.removesuffix("columns/")


def prepare_draft(page: Page, segment: object) -> str:
    """Writes a draft. Returns the address of its check page."""
    page.goto(f"/broadcasts/new/?segment={segment}")
    page.locator("[name=name]").fill("Promo akhir pekan")
    page.locator("[name=text]").fill(
        'Halo Kak {{ contact.first_name | default: "Kak" }} 👋\n\nAkhir pekan ini *gratis ongkir* untuk semua batik.'
        "\nhttps://gayanusantara.example/batik"
    )
    page.locator("main form .wb-form-actions button").first.click()
    page.wait_for_url("**/check/")
    return page.url


def take_phone(page: Page, digits: object) -> str:
    """Opens the simulated phone of a customer. Returns its address."""
    page.goto(f"/phones/?q={digits}")
    page.locator("#found button").first.click()
    page.wait_for_url("**/phones/*/*/")
    return page.url


def demo_pages(site: Installation, page: Page, folder: Path) -> Pages:
    """The main pages of the demo shop by the name of their picture."""
    ((finished,),) = site.sql("SELECT id FROM broadcasts_broadcast WHERE name = 'Koleksi Batik Terbaru'")
    ((running,),) = site.sql("SELECT id FROM broadcasts_broadcast WHERE name = 'Flash Sale Tenun'")
    ((batik,),) = site.sql("SELECT id FROM segments_segment WHERE name = 'Peminat Batik'")
    ((channel,),) = site.sql("SELECT id FROM channels_channel")
    # A contact who has orders, received messages and replied.
    ((person, digits),) = site.sql(
        "SELECT c.id, ltrim(i.value, '+') FROM contacts_contact c JOIN contacts_identity i ON i.contact_id = c.id"
        " JOIN commerce_purchasefacts p ON p.contact_id = c.id"
        " JOIN messaging_message m ON m.contact_id = c.id AND m.direction = 'inbound'"
        " WHERE i.kind = 'phone' AND c.name <> '' ORDER BY p.orders DESC, c.id LIMIT 1"
    )
    ((imported,),) = site.sql("SELECT min(id) FROM imports_import")
    ((conversation,),) = site.sql(
        "SELECT id FROM messaging_conversation WHERE unread > 0 ORDER BY last_inbound_at DESC LIMIT 1"
    )
    phone = take_phone(page, digits)
    wizard, check = prepare_import(page, folder), prepare_draft(page, batik)
    return {
        "beranda": "/",
        "lainnya": "/more/",
        "kontak": "/contacts/",
        "kontak-cari": "/contacts/?q=ayu&city=Bandung",
        "kontak-tidak-ada": "/contacts/?q=zzzzzz",
        "kontak-baru": "/contacts/new/",
        "kontak-satu": f"/contacts/{person}/",
        "kontak-satu-cerita": f"/contacts/{person}/?tab=timeline",
        "kontak-satu-obrolan": f"/contacts/{person}/?tab=conversation",
        "kontak-ubah": f"/contacts/{person}/edit/",
        "kontak-hapus": f"/contacts/{person}/erase/",
        "izin-bukti": f"/contacts/{person}/consent/",
        "izin-beri": f"/contacts/{person}/consent/grant/",
        "izin-cabut": f"/contacts/{person}/consent/withdraw/",
        "label": "/contacts/labels/",
        "kolom": "/settings/fields/",
        "kolom-baru": "/settings/fields/new/",
        "impor-semua": "/imports/",
        "impor-1-file": "/imports/new/",
        "impor-2-kolom": f"{wizard}columns/",
        "impor-3-mulai": f"{wizard}start/",
        "impor-hasil": f"/imports/{imported}/",
        "cari": "/search/?q=batik",
        "kotak-masuk": "/inbox/",
        "kotak-masuk-menunggu": "/inbox/?show=waiting",
        "kotak-masuk-satu": f"/inbox/{conversation}/",
        "bantuan": "/help/",
        "bantuan-satu": "/help/stop/",
        "cadangan": "/settings/backup/",
        "segmen": "/segments/",
        "segmen-satu": f"/segments/{batik}/",
        "segmen-ubah": f"/segments/{batik}/edit/",
        "segmen-baru": "/segments/new/",
        "segmen-hapus": f"/segments/{batik}/delete/",
        "broadcast": "/broadcasts/",
        "broadcast-baru": f"/broadcasts/new/?segment={batik}",
        "broadcast-periksa": check,
        "broadcast-periksa-siapa": f"{check}people/",
        "broadcast-ubah": check.replace("check", "edit"),
        "broadcast-draf-hapus": check.replace("check", "delete"),
        "broadcast-selesai": f"/broadcasts/{finished}/",
        "broadcast-jalan": f"/broadcasts/{running}/",
        "broadcast-batal": f"/broadcasts/{running}/cancel/",
        "broadcast-penerima": f"/broadcasts/{finished}/people/",
        "broadcast-tidak-dikirim": f"/broadcasts/{finished}/people/?state=suppressed",
        "nomor": "/channels/",
        "nomor-baru": "/channels/new/",
        "nomor-atur": f"/channels/{channel}/",
        "nomor-jeda": f"/channels/{channel}/pause/",
        "nomor-arsip": f"/channels/{channel}/archive/",
        "telepon": "/phones/",
        "telepon-satu": phone,
        "pengaturan": "/settings/",
        "pengaturan-toko": "/settings/shop/",
        "pengaturan-tim": "/settings/team/",
        "pengaturan-api": "/settings/api-keys/",
        "pengaturan-catatan": "/settings/audit/",
        "pengaturan-kata": "/settings/keywords/",
        "pengaturan-kalimat": "/settings/wordings/",
        "profil": "/profile/",
        "profil-sandi": "/account/password/change/",
        "profil-2fa": "/account/2fa/",
        "galat-404": "/contacts/999999999/",
    }


EMPTY_PAGES = {
    "kosong-beranda": "/",
    "kosong-kontak": "/contacts/",
    "kosong-segmen": "/segments/",
    "kosong-broadcast": "/broadcasts/",
    "kosong-broadcast-baru": "/broadcasts/new/",
    "kosong-kotak-masuk": "/inbox/",
    "kosong-nomor": "/channels/",
    "kosong-telepon": "/phones/",
    "kosong-impor": "/imports/",
}
ENTRANCE_PAGES = {"masuk": "/account/login/", "masuk-lupa-sandi": "/account/password/reset/"}


def shoot(chromium: Browser, base: str, pages: Pages, problems: Problems, state: Path | None = None) -> None:
    """Takes pictures of `pages` in each width and colour scheme, into OUT."""
    for scheme in SCHEMES:
        for width in SIZES:
            window = context(chromium, base, width=width, scheme=scheme, storage_state=state)
            page = window.new_page()
            problems.watch(page)
            for name, address in pages.items():
                known = len(problems)
                answer = page.goto(address)
                settle(page)
                problems += [f"{page.url} ({width}, {scheme}): {fault}" for fault in faults(page)]
                expected = 404 if name == "galat-404" else 200
                if expected != 200:
                    del problems[known:]  # the browser notes the status that was asked for
                if answer is None or answer.status != expected:
                    problems.append(f"{page.url}: answered {answer and answer.status}")
                wide = page.evaluate("document.documentElement.scrollWidth")
                if wide > width:
                    problems.append(f"{page.url}: {wide} px wide on a screen of {width} px")
                file = OUT / f"{name}-{width}-{scheme}.png"
                # A window as high as the page, so that sticky elements are at their places.
                high = page.evaluate("document.documentElement.scrollHeight")
                page.set_viewport_size({"width": width, "height": max(SIZES[width], min(high, HIGHEST))})
                settle(page)
                page.screenshot(path=file)
                page.set_viewport_size({"width": width, "height": SIZES[width]})
                say(str(file.relative_to(ROOT)))
            window.close()


def set_up_shop(chromium: Browser, site: Installation, state: Path) -> None:
    """Completes the first page of a new installation."""
    window = context(chromium, site.base)
    page = window.new_page()
    page.goto(site.link)
    page.locator("[name=name]").fill("Sari")
    page.locator("[name=email]").fill("sari@example.com")
    for field in page.locator("[type=password]").all():
        field.fill("kain-batik-parang-77")
    page.locator("[name=shop]").fill("Toko Baru")
    page.locator("main form button").last.click()
    page.wait_for_url(f"{site.base}/")
    window.storage_state(path=state)
    window.close()


def all_pages(chromium: Browser, folder: Path) -> Problems:
    """Takes all pictures. Returns the problems."""
    problems = Problems()
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.png"):
        old.unlink()
    state = folder / "state.json"
    with running_installation("demo") as site:
        sign_in(chromium, site, state)
        window = context(chromium, site.base, storage_state=state)
        pages = demo_pages(site, window.new_page(), folder)
        window.close()
        shoot(chromium, site.base, pages, problems, state)
        shoot(chromium, site.base, ENTRANCE_PAGES, problems)
    with running_installation("up") as site:
        shoot(chromium, site.base, {"mulai": site.link}, problems)
        set_up_shop(chromium, site, state)
        shoot(chromium, site.base, EMPTY_PAGES, problems, state)
    return problems


def ways_in(site: Installation) -> Iterator[tuple[str, str, int]]:
    """The pictures of the guide to ways in: (name, address, width)."""
    found = {
        kind: (pk, slug) for kind, pk, slug in site.sql("SELECT kind, id, slug FROM optin_entrypoint ORDER BY -id")
    }
    ((event, event_slug),) = site.sql(
        "SELECT p.id, p.slug FROM optin_shopevent e JOIN optin_entrypoint p ON p.id = e.point_id"
        " ORDER BY e.starts_at DESC LIMIT 1"
    )
    yield "pintu-masuk-pilih", "/ways-in/new/", 360
    yield "pintu-masuk-kit", f"/ways-in/{found['qr'][0]}/kit/", 1280
    yield "pintu-masuk-formulir", f"/ways-in/{found['form'][0]}/edit/", 1280
    yield "pintu-masuk-halaman", f"/m/{found['form'][1]}/", 360
    yield "pintu-masuk-link", f"/m/{found['link'][1]}/", 360
    yield "pintu-masuk-acara-halaman", f"/m/{event_slug}/", 360
    yield "pintu-masuk-acara", f"/ways-in/{event}/event/", 360
    yield "pintu-masuk-acara-hadir", f"/ways-in/{event}/door/", 360
    yield "pintu-masuk-hasil", f"/ways-in/{found['qr'][0]}/", 1280


def auto_replies(site: Installation) -> Iterator[tuple[str, str, int]]:
    """The pictures of the guide to automatic replies: (name, address, width)."""
    ((rule,),) = site.sql("SELECT id FROM autoreply_replyrule WHERE name = 'INFO'")
    ((form,),) = site.sql("SELECT id FROM autoreply_chatform")
    yield "balasan-daftar", "/auto-replies/", 360
    yield "balasan-aturan", f"/auto-replies/{rule}/", 360
    yield "balasan-coba", "/auto-replies/try/?text=hrg+brp+kak", 360
    yield "balasan-belum-terjawab", "/auto-replies/unanswered/", 360
    yield "tanya-jawab-susun", f"/auto-replies/forms/{form}/edit/", 1280
    yield "tanya-jawab-jawaban", f"/auto-replies/forms/{form}/", 1280


def privacy(site: Installation) -> Iterator[tuple[str, str, int]]:
    """The pictures of the guide to privacy: (name, address, width)."""
    ((slug,),) = site.sql("SELECT slug FROM privacy_privacysettings ORDER BY workspace_id LIMIT 1")
    yield "privasi-daftar", "/settings/privacy/", 360
    yield "privasi-halaman", f"/s/{slug}/privasi/", 360
    yield "privasi-formulir", f"/s/{slug}/privasi/permintaan/", 360
    yield "privasi-lama", "/settings/privacy/retention/", 360
    yield "privasi-alamat-luar", "/settings/privacy/outside/", 360


def docs(chromium: Browser, folder: Path) -> Problems:
    """Takes the pictures of the README from the demo shop."""
    problems = Problems()
    DOCS.mkdir(parents=True, exist_ok=True)
    state = folder / "state.json"
    with running_installation("demo") as site:
        sign_in(chromium, site, state)
        ((finished,),) = site.sql("SELECT id FROM broadcasts_broadcast WHERE name = 'Koleksi Batik Terbaru'")
        wanted = (
            ("beranda", "/", 1280),
            ("broadcast-hp", f"/broadcasts/{finished}/", 360),
            *ways_in(site),
            *auto_replies(site),
            *privacy(site),
        )
        prefix = sys.argv[-1] if len(sys.argv) > 2 else ""
        for name, address, width in wanted:
            if not name.startswith(prefix):
                continue
            window = context(chromium, site.base, width=width, storage_state=state)
            page = window.new_page()
            problems.watch(page)
            page.goto(address)
            settle(page)
            page.screenshot(path=DOCS / f"{name}.png")
            say(str((DOCS / f"{name}.png").relative_to(ROOT)))
            window.close()
    return problems


def main(make: Callable[[Browser, Path], Problems]) -> None:
    with TemporaryDirectory(prefix="wabolt-shots-") as folder, browser() as chromium:
        problems = make(chromium, Path(folder))
    if problems:
        raise SystemExit("\n".join(["", f"{len(problems)} problems:", *dict.fromkeys(problems)]))


if __name__ == "__main__":
    main(docs if "--docs" in sys.argv[1:] else all_pages)
