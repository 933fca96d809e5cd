"""Filters and tags by which templates show money, dates and states. In come values, out goes text; nothing is queried here."""
