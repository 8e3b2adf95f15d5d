"""A cluster's configuration, its releases' records, and requests to upgrade it."""
