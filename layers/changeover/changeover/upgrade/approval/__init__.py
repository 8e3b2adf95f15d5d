"""Ask one person for approval, by e-mail and a web page."""
