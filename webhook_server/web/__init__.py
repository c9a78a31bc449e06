"""What speaks HTTP: the token, the query, the answer, the errors, the log."""
