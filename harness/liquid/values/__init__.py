"""Values as Ruby has them: as text, as numbers, compared, looked into."""
