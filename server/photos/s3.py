"""Photos in a store that speaks S3: Amazon's, or that of many others, or MinIO on a machine of one's own.

By boto3, which blocks: it works in threads of its own, no more than it has connections. S3 knows no folder
and no renaming, so a photo is put file by file; should that break off, what is there already is taken back,
and what cannot be is found by the sweep, since no row names it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, TypeVar

import boto3
import structlog
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from realtime.refusals import Unavailable
from server.photos.serving import media_type

log = structlog.get_logger(__name__)

T = TypeVar("T")

CONNECTIONS: Final = 16
# Many that speak S3 know no checksums beyond the first versions'.
_CONFIG: Final = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"max_attempts": 2},
    max_pool_connections=CONNECTIONS,
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


class S3Store:
    """Keeps the files of photos in `bucket`, each under `prefix`, the photo's name and its own.

    `endpoint` is the store's address if it is not Amazon. Without a key, boto3 looks where it always does.
    """

    def __init__(
        self,
        bucket: str,
        prefix: str,
        *,
        endpoint: str | None = None,
        region: str | None = None,
        key: str | None = None,
        secret: str | None = None,
    ) -> None:
        self._bucket, self._prefix = bucket, prefix
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="s3")
        path_style = Config(s3={"addressing_style": "path"}) if endpoint else Config()
        self._client: Any = boto3.session.Session().client(
            "s3",
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            config=_CONFIG.merge(path_style),
        )

    async def put(self, name: str, files: Mapping[str, bytes]) -> None:
        """Keep the files of a new photo: all of them, or none."""
        try:
            await asyncio.gather(*(self._run(self._put, name, *one) for one in files.items()))
        except BaseException:
            with suppress(Unavailable):
                await self.delete(name)
            raise

    async def get(self, name: str, file: str) -> bytes | None:
        """Return a file; None if there is none of that name."""
        return await self._run(self._get, self._key(name, file))

    async def delete(self, name: str) -> None:
        """Forget the files of a photo, if there are any."""
        await self._run(self._delete, name)

    async def names(self, before: datetime) -> AsyncIterator[str]:
        """Return the names of the photos that were put before that moment."""
        last, page = "", await self._run(self._page, None)
        while True:
            for one in page.get("Contents", ()):
                name = one["Key"].removeprefix(self._prefix).partition("/")[0]
                # Keys come in order, so those of a photo one after the other.
                if name != last and one["LastModified"] < before:
                    last = name
                    yield name
            if not page.get("IsTruncated"):
                return
            page = await self._run(self._page, page["NextContinuationToken"])

    async def aclose(self) -> None:
        """Close all connections."""
        await asyncio.to_thread(self._threads.shutdown)
        self._client.close()

    def _key(self, name: str, file: str) -> str:
        return f"{self._prefix}{name}/{file}"

    def _put(self, name: str, file: str, content: bytes) -> None:
        key, media = self._key(name, file), media_type(file)
        self._client.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=media)

    def _get(self, key: str) -> bytes | None:
        try:
            found = self._client.get_object(Bucket=self._bucket, Key=key)
        except self._client.exceptions.NoSuchKey:
            return None
        with found["Body"] as body:
            content: bytes = body.read()
        return content

    def _delete(self, name: str) -> None:
        listed = self._client.list_objects_v2(Bucket=self._bucket, Prefix=self._key(name, ""))
        for one in listed.get("Contents", ()):
            self._client.delete_object(Bucket=self._bucket, Key=one["Key"])

    def _page(self, after: str | None) -> dict[str, Any]:
        going_on = {} if after is None else {"ContinuationToken": after}
        page: dict[str, Any] = self._client.list_objects_v2(
            Bucket=self._bucket, Prefix=self._prefix, **going_on
        )
        return page

    async def _run(self, function: Callable[..., T], *given: Any) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, function, *given)
        except (BotoCoreError, ClientError) as error:
            log.error("photo_store_fails", error=_why(error))
            raise Unavailable("photo_store_down") from None


def _why(error: BotoCoreError | ClientError) -> str:
    # Its text may hold addresses; its code is enough to look for.
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
