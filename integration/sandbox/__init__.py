"""Sage Intacct and Pleo as local servers: strict, persistent, able to fail on request.

Imports nothing of the application: what passes here passes because of what was sent, not because both sides share code.
"""
