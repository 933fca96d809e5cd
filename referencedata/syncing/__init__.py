"""From Sage Intacct to our copy: asked, read page by page, compared, stored and verified.

In come answers of Sage Intacct; out go rows, the changes among them, and the proof of each run. Pleo is not asked, and nothing is ever
retired before all of a kind has been read.
"""
