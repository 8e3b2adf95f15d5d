"""The evidence bucket in S3. Every object is encrypted with the evidence KMS key."""

import hashlib
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from changeover.adapters.aws_errors import ignoring, translated, when
from changeover.errors import Conflict, Unhealthy
from changeover.ldap.pages import MOST_BYTES
from changeover.types import Digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectTypeDef, PutObjectRequestTypeDef

_CHUNK = 1024 * 1024


@translated
class S3Evidence:
    def __init__(self, s3: "S3Client", bucket: str, key_arn: str) -> None:
        self._s3 = s3
        self.bucket = bucket
        self.key_arn = key_arn

    def location(self, key: str) -> str:
        return f"s3://{self.bucket}/{key}"

    def read(self, key: str) -> bytes:
        with when("NoSuchKey", then=Unhealthy, says=f"{self.location(key)} does not exist"):
            found = self._s3.get_object(Bucket=self.bucket, Key=key)
        if found["ContentLength"] > MOST_BYTES:
            raise Unhealthy(
                f"{self.location(key)} has {found['ContentLength']} bytes, but the limit is"
                f" {MOST_BYTES}: find out what wrote it"
            )
        return found["Body"].read()

    def write(self, key: str, content: bytes) -> None:
        self._s3.put_object(**self._put(key, content))

    def write_once(self, key: str, content: bytes) -> bool:
        """See the port. The bucket policy requires this conditional write for installers."""
        with ignoring("PreconditionFailed"):
            request = self._put(key, content)
            request["IfNoneMatch"] = "*"
            self._s3.put_object(**request)
            return True
        return False

    def _put(self, key: str, content: bytes) -> "PutObjectRequestTypeDef":
        return {
            "Bucket": self.bucket,
            "Key": key,
            "Body": content,
            "ServerSideEncryption": "aws:kms",
            "SSEKMSKeyId": self.key_arn,
        }

    def exists(self, key: str) -> bool:
        # A HEAD response has no body, so its error code is only the HTTP status.
        with ignoring("404"):
            self._s3.head_object(Bucket=self.bucket, Key=key)
            return True
        return False

    def digest(self, key: str, most_bytes: int) -> Digest | None:
        """See the port. Reads the object: S3 stores a sha256 only if the upload asked for one."""
        with ignoring("NoSuchKey"):
            found = self._s3.get_object(Bucket=self.bucket, Key=key)
            if found["ContentLength"] > most_bytes:
                raise Unhealthy(
                    f"{self.location(key)} has {found['ContentLength']} bytes, but the limit is"
                    f" {most_bytes}: upload a smaller one"
                )
            digest = hashlib.sha256()
            for chunk in found["Body"].iter_chunks(_CHUNK):
                digest.update(chunk)
            return digest.hexdigest()
        return None

    def files(self, folder: str) -> dict[str, int]:
        prefix = self._prefix(folder)
        return {
            found["Key"].removeprefix(prefix): found["Size"]
            for page in self._pages(prefix)
            for found in page
        }

    def delete_folder(self, prefix: str) -> None:
        for page in self._pages(self._prefix(prefix)):
            self._delete([found["Key"] for found in page])

    def _prefix(self, folder: str) -> str:
        """End the prefix with a slash, so that `releases/hpc-r1` excludes `releases/hpc-r10/…`."""
        prefix = folder.rstrip("/") + "/"
        if prefix == "/":
            raise Conflict(f"an empty prefix means the whole bucket {self.bucket}")
        return prefix

    def _pages(self, prefix: str) -> "Iterator[list[ObjectTypeDef]]":
        pages = self._s3.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.bucket, Prefix=prefix):
            yield page.get("Contents", [])

    def _delete(self, keys: list[str]) -> None:
        if not keys:
            return
        answer = self._s3.delete_objects(
            Bucket=self.bucket, Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True}
        )
        for refused in answer.get("Errors", []):
            raise ClientError({"Error": refused}, "DeleteObjects")
