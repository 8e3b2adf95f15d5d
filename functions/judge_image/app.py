"""Check the image against every requirement."""

from changeover.images import refresh
from changeover.ports.services import Services
from changeover.runtime import step


@step
def handler(event: refresh.ImageToJudge, services: Services) -> refresh.JudgedImage:
    return refresh.judge_image(event, services)
