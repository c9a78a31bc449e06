"""Dates as Ruby has them: guessed from text, and written by its strftime."""
