"""Sage Intacct: what its documents are, how they are written as XML, what its answers mean, and the one door to it.

In come documents and questions as values, out go bytes, confirmations and errors named by what must happen next. No row is read or
written here but the count of requests, and only `transport` speaks HTTP.
"""
