"""The answer itself: from an address to a flat profile. Knows nothing of Flask."""
