"""One legacy system of the configuration: the adapter's word with its options, and what holds for all adapters."""

from __future__ import annotations

from pydantic import BaseModel

from adapters.guard import GuardOptions


class SystemSettings(GuardOptions):
    """What is said beside the adapter's word is what holds before every call (`adapters.guard`)."""

    @property
    def word(self) -> str:
        return next(name for name in type(self).model_fields if name not in SystemSettings.model_fields)

    @property
    def options(self) -> BaseModel:
        options = getattr(self, self.word)
        assert isinstance(options, BaseModel)
        return options
