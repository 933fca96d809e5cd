"""What each kind of reference data is called in Sage Intacct, and how its rows become ours.

In come elements of an answer; out go keys and columns. Nothing is asked or written here.
"""
