"""A site's customizations said as what is wanted, not as changed files."""
