"""Faults on demand: what a webhook can do wrong, done on purpose, to see what agents would see."""
