"""Time: the working-day calendar, statutory and promised clocks, lights, and the explanation of every due date."""
