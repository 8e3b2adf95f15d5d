"""CloudFormation: Image Builder's types, as names that refer to each other, and its pipelines."""

from typing import Any, ClassVar, Self

from moto.core.common_models import CloudFormationModel

from rehearsal.control_plane.hooks.resources import Properties, Resource
from rehearsal.control_plane.image_builder.pipelines import Pipeline, Pipelines, Recipe, arn_of


def install(pipelines: Pipelines) -> None:
    # Why: moto does not know these types, reports CREATE_COMPLETE, and has nothing to refer to.
    # `resources.install` lets it look for them.
    ImageRecipe.pipelines = ImagePipeline.pipelines = pipelines


class Named(Resource):
    """`Ref` returns the ARN, as for all Image Builder types."""

    NAME_PROPERTY = "Name"
    KIND = ""

    @classmethod
    def create(cls, name: str, given: Properties, _account: str, _region: str, /) -> Self:
        arn = arn_of(cls.KIND, name, *cls.versions(given))
        return cls(arn, Arn=arn)

    @classmethod
    def versions(cls, _given: Properties) -> tuple[str, ...]:
        return ()


class Component(Named, CloudFormationModel):  # type: ignore[misc]
    TYPE = "AWS::ImageBuilder::Component"
    KIND = "component"

    @classmethod
    def versions(cls, given: Properties) -> tuple[str, ...]:
        return given["Version"], "1"


class ImageRecipe(Named, CloudFormationModel):  # type: ignore[misc]
    TYPE = "AWS::ImageBuilder::ImageRecipe"
    KIND = "image-recipe"

    pipelines: ClassVar[Pipelines]

    @classmethod
    def create(cls, name: str, given: Properties, *_: Any) -> Self:
        # With an x at its end, a version is the next in its series: here always the first.
        recipe = Recipe(name, given["Version"].replace("x", "0"), given["ParentImage"])
        cls.pipelines.recipes[recipe.arn] = recipe
        return cls(recipe.arn, Arn=recipe.arn)

    def delete(self, *_: Any) -> None:
        self.pipelines.recipes.pop(self.id, None)


class InfrastructureConfiguration(Named, CloudFormationModel):  # type: ignore[misc]
    TYPE = "AWS::ImageBuilder::InfrastructureConfiguration"
    KIND = "infrastructure-configuration"


class DistributionConfiguration(Named, CloudFormationModel):  # type: ignore[misc]
    TYPE = "AWS::ImageBuilder::DistributionConfiguration"
    KIND = "distribution-configuration"


class LifecyclePolicy(Named, CloudFormationModel):  # type: ignore[misc]
    TYPE = "AWS::ImageBuilder::LifecyclePolicy"
    KIND = "lifecycle-policy"


class ImagePipeline(Named, CloudFormationModel):  # type: ignore[misc]
    TYPE = "AWS::ImageBuilder::ImagePipeline"
    KIND = "image-pipeline"

    pipelines: ClassVar[Pipelines]

    @classmethod
    def create(cls, name: str, given: Properties, *_: Any) -> Self:
        recipe = given.get("ImageRecipeArn")
        pipeline = Pipeline(
            name,
            cls.pipelines.recipe(recipe) if recipe else Recipe(name),
            given["InfrastructureConfigurationArn"],
            given.get("Status", "ENABLED"),
        )
        cls.pipelines.add(pipeline)
        return cls(pipeline.arn, Arn=pipeline.arn)

    def delete(self, *_: Any) -> None:
        self.pipelines.remove(self.id)
