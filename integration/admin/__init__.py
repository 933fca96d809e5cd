from integration.admin.configurations import EntityConfigurationAdmin
from integration.admin.connections import ConnectionAdmin

__all__ = ["ConnectionAdmin", "EntityConfigurationAdmin"]
