"""The errors of a segment as data. Their texts are in `segments.error_texts`."""

from collections.abc import Mapping


class SegmentError(Exception):
    """An invalid segment. `code` names the reason; `params` fill its message."""

    def __init__(self, code: str, *, params: Mapping[str, str] | None = None, suggestion: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.params: dict[str, str] = dict(params or {})
        self.suggestion = suggestion


class LanguageError(SegmentError):
    """An invalid text. `position` and `length` give the place in characters."""

    def __init__(
        self,
        code: str,
        position: int,
        length: int,
        *,
        params: Mapping[str, str] | None = None,
        suggestion: str = "",
    ) -> None:
        super().__init__(code, params=params, suggestion=suggestion)
        self.position = position
        self.length = length


class TreeError(SegmentError):
    """An invalid tree from JSON or a form. `path`: the number of the child at each level down to the error."""

    def __init__(
        self,
        code: str,
        path: tuple[int, ...] = (),
        *,
        params: Mapping[str, str] | None = None,
        suggestion: str = "",
    ) -> None:
        super().__init__(code, params=params, suggestion=suggestion)
        self.path = path
