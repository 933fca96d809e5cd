"""Commands about export jobs and expenses: each chooses, calls a step, prints and counts, and holds no rule."""
