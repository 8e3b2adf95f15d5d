"""`python -m tools.boundary` writes docs/boundary.md."""

from tools.boundary.page import PAGE, page

if __name__ == "__main__":
    PAGE.write_text(page())
