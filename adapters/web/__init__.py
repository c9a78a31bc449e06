"""How adapters speak to services over HTTP: within the caller's time, bounded, and only where they may."""
