"""From Pleo to our rows: export jobs, their entries, their receipts, and what Pleo thinks of a job.

In come Pleo's answers; out go jobs, records and receipts as rows. Nothing is decided about accounting here, and Sage Intacct is not asked.
"""
