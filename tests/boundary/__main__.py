"""`python -m tests.boundary` writes docs/boundary.md anew."""

from tests.boundary.page import PAGE, page

if __name__ == "__main__":
    PAGE.write_text(page())
