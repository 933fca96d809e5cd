"""Commands about export jobs and expenses."""
