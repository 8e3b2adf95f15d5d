"""Hold the image against all that it must be."""

from changeover.images import refreshing
from changeover.ports import Services
from changeover.runtime import step


@step
def handler(event: refreshing.ImageToJudge, services: Services) -> refreshing.JudgedImage:
    return refreshing.judge_image(event, services)
