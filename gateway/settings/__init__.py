"""The configuration file as frozen typed models; unknown keys are errors with file:line:column."""

from gateway.settings.loading import load_settings
from gateway.settings.models import Settings
from gateway.settings.secrets import literal_secrets
from gateway.settings.systems import SystemSettings

__all__ = ["Settings", "SystemSettings", "literal_secrets", "load_settings"]
