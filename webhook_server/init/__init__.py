"""What ``custom-profile init`` finds out about a company's data, and the files that it writes."""
