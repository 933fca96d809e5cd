"""What Pleo asked us to post, and what became of it.

In come Pleo's export jobs; out go documents in Sage Intacct, and results to Pleo. Collect, prepare, deliver, report: each takes rows
that the one before has left and leaves rows for the next, so it may die anywhere. It knows `integration` and `referencedata`; neither
knows it, and neither of the other systems is spoken to but through the gateway and the clients of `integration`.
"""
