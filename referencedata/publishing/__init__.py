"""From our copy to Pleo: what is chosen, how it differs from what Pleo holds, and the writes that make it equal.

In come our copy and what stands in Pleo; out go tags, tax codes and accounts there, and the counts of each run. Sage Intacct is not
asked, and nothing is removed that we have not published.
"""
