"""Builds the sample company: ``python -m sample_data DIRECTORY``."""

from __future__ import annotations

from sample_data.commands import sample_data

if __name__ == "__main__":
    sample_data(prog_name="python -m sample_data")
