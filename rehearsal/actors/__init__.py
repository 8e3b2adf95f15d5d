"""Who is in the directory, and what people do with it."""
