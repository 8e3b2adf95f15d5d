"""AMIs of releases: built by Image Builder, checked before use, and reported when outdated."""
