"""Our copy of what Sage Intacct knows.

In come Intacct's accounts, dimensions, taxes and vendors; out go the answer whether a code is usable here, and tags, tax codes and
accounts in Pleo. The copy is never edited; it knows `integration`, and nothing of `exports` but what an expense uses.
"""
