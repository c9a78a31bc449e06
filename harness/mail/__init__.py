"""Mail as it comes from anywhere: read, composed, received over SMTP; who keeps it is decided elsewhere."""
