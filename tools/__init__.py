"""Tools of the project: scripts that make calls, and checks of files that no linter reads."""
