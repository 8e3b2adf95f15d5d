"""The interfaces to AWS and to scheduler hosts. `adapters` implements them."""
