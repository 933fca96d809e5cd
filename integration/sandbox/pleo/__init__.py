"""Pleo's external API as the OpenAPI files describe it, strict enough that passing against it means something."""

from integration.sandbox.pleo.call import Settings
from integration.sandbox.pleo.service import PleoSandbox

__all__ = ["PleoSandbox", "Settings"]
