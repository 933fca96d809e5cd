"""Sage Intacct's XML gateway, as strict as its reference."""

from integration.sandbox.intacct.service import IntacctSandbox, Limits

__all__ = ["IntacctSandbox", "Limits"]
