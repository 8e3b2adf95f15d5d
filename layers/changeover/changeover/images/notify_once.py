"""Mails that are sent once, however often their occasion is noticed."""

from changeover.ports.services import Services


def notify_once(occasion: str, subject: str, message: str, services: Services, *same: str) -> bool:
    """Whether it was sent now; an occasion is short, and stands for all that is the `same`."""
    keys = [f"images/told/{each}" for each in (occasion, *same)]
    marked = {key for key in keys if services.evidence.exists(key)}
    # Should the mark fail, the mail comes twice; the other way round it might never come.
    if not marked:
        services.mail.send(subject, message)
    for key in keys:
        if key not in marked:
            services.evidence.write(key, subject.encode())
    return not marked
