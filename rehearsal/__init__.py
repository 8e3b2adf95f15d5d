"""A whole upgrade on one machine, with the template, the workflow and the handlers that ship."""
