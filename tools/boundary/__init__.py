"""docs/boundary.md: what a permissions boundary must let through, read off the templates."""
