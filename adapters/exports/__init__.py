"""Exported files: how one is read, and how many become one record per customer."""
