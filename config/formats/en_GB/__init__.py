"""British English: 9 Mar 2026, 1,234.50."""
