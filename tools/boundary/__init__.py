"""docs/boundary.md: what a permissions boundary must allow, read from the templates."""
