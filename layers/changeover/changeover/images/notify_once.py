"""E-mails that are sent once, even if the same event is noticed several times."""

from changeover.ports.services import Services


def notify_once(occasion: str, subject: str, message: str, services: Services, *same: str) -> bool:
    """Send an e-mail unless its deduplication key is marked. Returns whether it was sent now.

    `occasion` is the key. `same` are the keys of other notifications about the same thing.
    """
    keys = [f"images/told/{each}" for each in (occasion, *same)]
    marked = {key for key in keys if services.evidence.exists(key)}
    # If marking fails, the e-mail is sent twice. In the other order it might never be sent.
    if not marked:
        services.mail.send(subject, message)
    for key in keys:
        if key not in marked:
            services.evidence.write(key, subject.encode())
    return not marked
