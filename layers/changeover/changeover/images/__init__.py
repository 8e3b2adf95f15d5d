"""Images: refreshed by Image Builder, judged before they are used, never stale unnoticed."""
