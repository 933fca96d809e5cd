"""Commands about connections, the demo and the sandbox: each chooses, calls a step, prints and counts, and holds no rule."""
