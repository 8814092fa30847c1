"""How the cells of a file and of a form are understood."""


def read_city(text: str) -> tuple[str, str]:
    """(the city in its one spelling, what was written)."""
    return text, text
