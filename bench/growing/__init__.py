"""What grows in a directory, each by itself: more of it must cost no more a byte."""
