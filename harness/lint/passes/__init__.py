"""The passes over a template, each for some rules."""
