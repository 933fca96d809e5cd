"""The tests: `unit/` needs no database, `db/` one, `functional/` the sandbox over HTTP, `faults/` its failures, `browser/` a browser."""
