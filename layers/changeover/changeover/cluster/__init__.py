"""What is recorded about a cluster, and what its operators configure."""
