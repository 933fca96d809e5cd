"""Pleo: export items as values, what is published as values, and the clients, the one door to it.

In come ids and results, out go values read strictly and errors named by what must happen next. No row is written here, and every
address is checked before it is followed.
"""
