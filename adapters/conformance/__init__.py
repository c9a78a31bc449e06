"""What the contract suite is made of: addresses, watchers, servers that do not answer, and its report."""
