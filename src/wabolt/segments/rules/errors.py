"""What can be wrong with a segment, as data. The words for people live in `segments.complaints`."""

from collections.abc import Mapping


class SegmentError(Exception):
    """A segment that cannot be understood: `code` names the reason, `params` fill its message."""

    def __init__(self, code: str, *, params: Mapping[str, str] | None = None, suggestion: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.params: dict[str, str] = dict(params or {})
        self.suggestion = suggestion


class LanguageError(SegmentError):
    """A text that is no segment, with the place: `position` and `length` count characters of the text."""

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
    """A tree (from JSON or a form) that is no segment; `path` is the way down: the child's number at each level."""

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
