"""Readable shades of any colour that a shop chooses."""

from hypothesis import given
from hypothesis import strategies as st

from wabolt.optin.rules.colours import DARK_PAGE, ENOUGH, WHITE, contrast, palette

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(COLOURS)
def test_every_shade_is_readable(colour: str) -> None:
    shades = palette(colour)
    assert contrast(shades.fill, shades.on_fill) >= ENOUGH
    assert contrast(shades.on_light, WHITE) >= ENOUGH
    assert contrast(shades.on_dark, DARK_PAGE) >= ENOUGH


@given(COLOURS)
def test_a_readable_colour_stays(colour: str) -> None:
    shades = palette(colour)
    if shades.fill != colour:
        assert contrast(colour, "#ffffff") < ENOUGH
        assert contrast(colour, "#1a1a1a") < ENOUGH


def test_ratios_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48
    assert palette("#4f3cc9").fill == "#4f3cc9"
