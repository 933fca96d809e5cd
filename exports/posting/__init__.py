"""The accounting rules.

In come an export item and a posting context, as values; out go a plan of documents, or every problem that is in its way. Nothing here
knows a row, a request, a setting or the clock, or imports Django.
"""
