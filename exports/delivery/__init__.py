"""The lane of one Sage Intacct company: what is planned is sent once, and what became of it is found out and written down.

In come planned documents; out go confirmed, refused and reviewed ones. Nothing is sent but by the holder of the lane's lease, and no
transaction is open while the other system works.
"""
