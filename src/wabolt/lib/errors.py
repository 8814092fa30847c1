"""What a service raises when it will not do what it was asked."""


class DomainError(Exception):
    """A refusal that the person at the screen can understand and act on.

    `message` is translated text (lazy or not), `code` a word for programs and tests, `field` the form field it
    belongs to (None: the whole request), `params` whatever a caller may want to show again.
    """

    def __init__(self, message: object, *, code: str = "refused", field: str | None = None, **params: object) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.field = field
        self.params = params

    def __str__(self) -> str:
        return str(self.message)
