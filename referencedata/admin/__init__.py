"""The copy and its syncs as pages of the admin.

In come clicks, out go tasks in the queue. Values are shown and never edited, and no page calls another system.
"""

from referencedata.admin import runs, values

__all__ = ["runs", "values"]
