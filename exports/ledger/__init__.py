"""What Sage Intacct holds under our references: read there, compared with what we sent, and taken over where it is ours.

In come the answers of Sage Intacct; out go findings, and rows that say what stands there. Nothing is planned or sent here.
"""
