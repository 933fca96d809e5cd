"""What others' clients say of the sandbox, and what a mock made of Pleo's own description says of our client.

Run by `make test-peers`, which installs them into `.peers`. Nothing of theirs is part of the project.
"""
