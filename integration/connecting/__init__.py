"""Everything that answers "is it set up?": the checks of a connection, the probes, and the configuration as a file.

In come settings and the answers of both systems; out go checks passed or with what mends them, and values or mistakes of a file.
Nothing is posted here but the one draft that a person asks for.
"""
