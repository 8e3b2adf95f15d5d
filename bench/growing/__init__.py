"""Cases in which one thing grows. The cost for each byte must not grow with it."""
