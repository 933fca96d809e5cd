"""Commands about reference data: each chooses, calls a step, prints and counts, and holds no rule."""
