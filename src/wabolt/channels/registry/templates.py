"""Message templates that a vendor approves (`Capabilities.needs_templates`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from wabolt.channels.registry.contract import Media


@dataclass(frozen=True, slots=True)
class TemplateInfo:
    """A template as the vendor stores it. `components` are in the vendor's format. `status` is lower case: pending,
    approved, rejected, paused, disabled ..."""

    vendor_id: str
    name: str
    language: str
    category: str
    status: str
    components: tuple[dict[str, object], ...]
    reason: str = ""


@runtime_checkable
class TemplateProvider(Protocol):
    """Methods of a provider with templates. They raise DomainError with a readable text when the vendor refuses, and
    OSError without a connection."""

    def list_templates(self) -> list[TemplateInfo]:
        """Returns all templates of the account, with any status."""

    def create_template(
        self,
        name: str,
        language: str,
        category: str,
        components: Sequence[dict[str, object]],
        sample: Media | None = None,
    ) -> TemplateInfo:
        """Submits a template for approval. With a `sample`, messages carry a file of that kind above the text."""
