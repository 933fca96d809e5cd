"""Pleo's external API as its OpenAPI files describe it, strict enough that passing against it means something.

In come a request and the time, out go an answer and changed books. Nothing is taken from the application.
"""

from integration.sandbox.pleo.call import Settings
from integration.sandbox.pleo.service import PleoSandbox

__all__ = ["PleoSandbox", "Settings"]
