"""How dates and numbers are written on pages. Settings name this folder; nothing imports it."""
