"""Connections as a YAML file.

In comes the text of a file or the rows; out go values, mistakes with their place in the file, and text. No code is checked against
Sage Intacct here, and no secret is ever written out.
"""
