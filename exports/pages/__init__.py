"""What the pages of an expense and of the preview are made of, and the files of receipts.

In come rows, out go plain values for templates. Nothing is written, and no other system is called.
"""
