"""The Image Builder API calls that the package makes, for builds and images in files."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rehearsal.control_plane.image_builder import answers
from rehearsal.control_plane.image_builder.builds import Build, Builds
from rehearsal.control_plane.image_builder.machine_images import base_image
from rehearsal.control_plane.image_builder.pipelines import Pipeline, Pipelines, Recipe
from rehearsal.control_plane.image_builder.switches import FILE_NAME, Switches, read_switches
from rehearsal.control_plane.inspector import package_findings
from rehearsal.control_plane.rest_service import NOT_FOUND, RestService
from rehearsal.control_plane.stand_in import Given, ServiceError


class ImageBuilder(RestService):
    """Runs `pipelines`; `WORK/images/*.json` describe further images as GetImage would.

    There they may have `scanFindings`, counts by severity, which the API gives as an aggregation.
    """

    def __init__(self, work: Path, pipelines: Pipelines) -> None:
        super().__init__(
            {
                ("GET", "/GetImage"): self.get_image,
                ("GET", "/GetImagePipeline"): self.get_pipeline,
                ("PUT", "/UpdateImagePipeline"): self.update_pipeline,
                ("PUT", "/StartImagePipelineExecution"): self.start_build,
                ("POST", "/ListImagePipelineImages"): self.list_images,
                ("POST", "/ListImageScanFindingAggregations"): self.count_findings,
                ("POST", "/ListImageScanFindings"): self.list_findings,
            }
        )
        self._folder = work / "images"
        self._pipelines = pipelines
        self._builds = Builds()
        self._of_token: dict[str, Build] = {}
        self._folder.mkdir(parents=True, exist_ok=True)

    async def stop(self) -> None:
        await super().stop()
        await self._builds.stop()

    def start_build(self, given: Given) -> Given:
        """StartImagePipelineExecution. A disabled pipeline can run: only its schedule stops."""
        token = given["clientToken"]
        if token not in self._of_token:
            pipeline = self._pipeline(given)
            switches = self._switches()
            build = Build(
                arn=self._next_arn(pipeline.recipe),
                pipeline=pipeline,
                switches=switches,
                base=base_image(pipeline.recipe.parent, switches.architecture),
                tags=given.get("tags", {}),
            )
            self._of_token[token] = build
            self._builds.start(build)
        return {"clientToken": token, "imageBuildVersionArn": self._of_token[token].arn}

    def get_image(self, given: Given) -> Given:
        wanted = given["imageBuildVersionArn"]
        for image in self._images():
            if image["arn"] == wanted:
                return {"image": {k: v for k, v in image.items() if k != answers.FINDINGS}}
        raise ServiceError(NOT_FOUND, f"The resource with ARN {wanted} does not exist.")

    def get_pipeline(self, given: Given) -> Given:
        pipeline = self._pipeline(given)
        builds = [build for build in self._builds.all if build.pipeline.arn == pipeline.arn]
        return {"imagePipeline": answers.pipeline(pipeline, self._switches(), builds)}

    def update_pipeline(self, given: Given) -> Given:
        """UpdateImagePipeline: changes the status only. As on AWS, the default is enabled."""
        pipeline = self._pipeline(given)
        pipeline.status = given.get("status", "ENABLED")
        return {"clientToken": given["clientToken"], "imagePipelineArn": pipeline.arn}

    def list_images(self, given: Given) -> Given:
        """ListImagePipelineImages: the newest first. An unknown pipeline has none, as on AWS."""
        of = given["imagePipelineArn"]
        found = [image for image in self._images() if image.get("sourcePipelineArn") == of]
        for each in given.get("filters", []):
            found = [image for image in found if image.get(each["name"]) in each["values"]]
        found.sort(key=lambda image: image.get("dateCreated", ""))
        return {"imageSummaryList": [answers.summary(image) for image in reversed(found)]}

    def list_findings(self, given: Given) -> Given:
        """ListImageScanFindings: one finding for each count, of the images in the filter."""
        asked = [arn for each in given.get("filters", []) for arn in each["values"]]
        found = [
            finding
            for image in self._images()
            if image["arn"] in asked and answers.FINDINGS in image
            for finding in package_findings(image[answers.FINDINGS])
        ]
        return {"findings": found}

    def count_findings(self, given: Given) -> Given:
        """Findings of the images in the filter. Empty if no scan has finished."""
        asked = given.get("filter", {})
        if asked.get("name") != "imageBuildVersionArn":
            raise ServiceError("InvalidRequestException", "The rehearsal aggregates by image only.")
        found = [
            answers.aggregation(image)
            for image in self._images()
            if image["arn"] in asked["values"] and answers.FINDINGS in image
        ]
        return {"aggregationType": "imageBuildVersionArn", "responses": found}

    def _images(self) -> Iterator[dict[str, Any]]:
        for file in sorted(self._folder.glob("*.json")):
            if file.name != FILE_NAME:
                yield json.loads(file.read_text())
        yield from map(answers.image, self._builds.all)

    def _next_arn(self, recipe: Recipe) -> str:
        prefix = recipe.images
        arns = [image["arn"] for image in self._images()]
        taken = [int(arn.removeprefix(prefix)) for arn in arns if arn.startswith(prefix)]
        return f"{prefix}{max(taken, default=0) + 1}"

    def _pipeline(self, given: Given) -> Pipeline:
        arn = given["imagePipelineArn"]
        found = self._pipelines.get(arn)
        if found is None:
            raise ServiceError(NOT_FOUND, f"The resource with ARN {arn} does not exist.")
        return found

    def _switches(self) -> Switches:
        try:
            return read_switches(self._folder)
        except ValidationError as error:
            raise ServiceError("InvalidRequestException", f"{FILE_NAME}: {error}") from error
