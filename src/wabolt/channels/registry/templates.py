"""Messages that a vendor approves beforehand, for providers that need them (`Capabilities.needs_templates`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from wabolt.channels.registry.contract import Media


@dataclass(frozen=True, slots=True)
class TemplateInfo:
    """A template as the vendor has it. `components` are the vendor's own words for its parts, kept as they came;
    `status` is in small letters: pending, approved, rejected, paused, disabled ..."""

    vendor_id: str
    name: str
    language: str
    category: str
    status: str
    components: tuple[dict[str, object], ...]
    reason: str = ""


@runtime_checkable
class TemplateProvider(Protocol):
    """What a provider with templates can do beside sending. Raises `wabolt.lib.errors.DomainError` in a person's words
    when the vendor refuses, OSError when it cannot be reached."""

    def list_templates(self) -> list[TemplateInfo]:
        """All templates of the account, whatever their status."""

    def create_template(
        self,
        name: str,
        language: str,
        category: str,
        components: Sequence[dict[str, object]],
        sample: Media | None = None,
    ) -> TemplateInfo:
        """Hands a template in for approval; with a `sample`, files of that kind stand above its text."""
