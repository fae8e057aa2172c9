"""What medicine knows: facts, criteria, calculators and sources. Knows no files."""
