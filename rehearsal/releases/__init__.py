"""What the site installs: the vendor's release, its own changes to it, and what runs today."""
