"""Draws a sheet as SVG. Texts are outlines, so it looks the same without the fonts."""

from base64 import b64encode
from collections.abc import Iterator
from xml.sax.saxutils import escape

from wabolt.optin.print_kit.shapes import Box, Code, Face, Line, Picture, Shape, Sheet
from wabolt.optin.print_kit.type_setting import face as font_face


def draw_svg(sheet: Sheet) -> bytes:
    """The sheet in its size, with one unit per mm."""
    size = f'width="{sheet.width:g}mm" height="{sheet.height:g}mm" viewBox="0 0 {sheet.width:g} {sheet.height:g}"'
    cuts = "".join(f"M{x1:g} {y1:g}L{x2:g} {y2:g}" for x1, y1, x2, y2 in sheet.cuts)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}><title>{escape(sheet.title)}</title>',
        f'<path fill="#fff" d="M0 0h{sheet.width:g}v{sheet.height:g}H0z"/>',
        *_faces(sheet),
        f'<path fill="none" stroke="#aaa" stroke-width=".2" stroke-dasharray="2" d="{cuts}"/>' if cuts else "",
        "</svg>",
    ]
    return "".join(parts).encode()


def _faces(sheet: Sheet) -> Iterator[str]:
    """Equal faces, such as the labels of a sheet, share their drawing."""
    names = {id(face.shapes): f"face{number}" for number, face in enumerate(sheet.faces)}
    shapes = {id(face.shapes): face.shapes for face in sheet.faces}
    drawn = (f'<g id="{names[key]}">{"".join(map(_shape, found))}</g>' for key, found in shapes.items())
    yield f"<defs>{''.join(drawn)}</defs>"
    for face in sheet.faces:
        yield f'<use href="#{names[id(face.shapes)]}" transform="{_move(face)}"/>'


def _move(face: Face) -> str:
    move = f"translate({face.x:g} {face.y:g})"
    if face.turned:
        move += f" rotate(180 {face.width / 2:g} {face.height / 2:g})"
    return move


def _shape(shape: Shape) -> str:
    match shape:
        case Box():
            path = f"M{shape.x:.5g} {shape.y:.5g}h{shape.width:.5g}v{shape.height:.5g}h{-shape.width:.5g}z"
            return f'<path fill="{shape.colour}" d="{path}"/>'
        case Line():
            return _line(shape)
        case Code():
            return _code(shape)
        case Picture():
            data = f"data:image/jpeg;base64,{b64encode(shape.data).decode()}"
            size = f'x="{shape.x:.5g}" y="{shape.y:.5g}" width="{shape.side:.5g}" height="{shape.side:.5g}"'
            return f'<image {size} href="{data}"/>'


def _line(line: Line) -> str:
    font = font_face(line.font)
    scale, at = line.size / font.units, 0
    glyphs = []
    for char in line.text:
        if outline := font.outline(char):
            glyphs.append(f'<path transform="translate({at})" d="{outline}"/>')
        at += font.advance(char)
    move = f"translate({line.x:.5g} {line.y:.5g}) scale({scale:.5g} {-scale:.5g})"
    return f'<g fill="{line.colour}" transform="{move}">{"".join(glyphs)}</g>'


def _code(code: Code) -> str:
    runs = []
    for y, row in enumerate(code.matrix()):
        x = 0
        while x < len(row):
            end = x
            while end < len(row) and row[end] == row[x]:
                end += 1
            if row[x]:
                runs.append(f"M{x} {y}h{end - x}v1h{x - end}z")
            x = end
    move = f"translate({code.x:.5g} {code.y:.5g}) scale({code.module():.6g})"
    return f'<path shape-rendering="crispEdges" transform="{move}" d="{"".join(runs)}"/>'
