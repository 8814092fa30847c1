"""The error that services raise to refuse a request."""


class DomainError(Exception):
    """A refusal that the user can understand and correct.

    `message` is translated text (lazy or not). `code` is a word for programs and tests. `field` is the form field it
    belongs to (None: the whole request). `params` are values that a caller may show again.
    """

    def __init__(self, message: object, *, code: str = "refused", field: str | None = None, **params: object) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.field = field
        self.params = params

    def __str__(self) -> str:
        return str(self.message)
