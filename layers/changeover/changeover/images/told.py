"""Mails that are sent once, however often their occasion is noticed."""

from changeover.ports import Services


def tell_once(occasion: str, subject: str, message: str, services: Services) -> bool:
    """Whether it was sent now; `occasion` is short, and stands for all that is the same."""
    key = f"images/told/{occasion}"
    if services.evidence.exists(key):
        return False
    # Should the mark fail, the mail comes twice; the other way round it might never come.
    services.mail.send(subject, message)
    services.evidence.write(key, subject.encode())
    return True
