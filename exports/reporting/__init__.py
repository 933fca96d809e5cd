"""What became of each entry, told to Pleo and added up for people.

In come records and documents as they stand; out go item results, the final event of a job, and the proof that nothing of it is lost.
It moves no document, and does not ask Sage Intacct.
"""
