"""Reading and judging catalogue files: pure, knows the source line of every value, and never stops at the first fault."""
