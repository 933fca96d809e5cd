"""Connections and entity configurations as pages of the admin.

In come forms and clicks, out go rows and tasks in the queue. Only "Test connection" calls another system, and secrets are written,
never shown.
"""

from integration.admin.configurations import EntityConfigurationAdmin
from integration.admin.connections import ConnectionAdmin

__all__ = ["ConnectionAdmin", "EntityConfigurationAdmin"]
