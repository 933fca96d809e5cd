"""Sage Intacct's XML gateway, as strict as docs/reference/intacct-xml-api.md says it is.

In come the bytes of a request and the time, out go the bytes of an answer and changed books. Nothing is taken from the application.
"""

from integration.sandbox.intacct.service import IntacctSandbox, Limits

__all__ = ["IntacctSandbox", "Limits"]
