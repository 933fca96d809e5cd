"""From records to documents: what the posting rules need is gathered, they are asked, and their plan is written down.

In come rows and our copy of the reference data; out go documents that are ready to be sent, or problems in sentences. Nothing is sent
here; of Sage Intacct only bills are read that stand there already.
"""
