"""A store that speaks S3, really started: moto's server, which keeps what it is given in memory."""

import signal
import sys
from typing import Any

import boto3
import httpx

from tests.local_server import LocalServer


class S3Server(LocalServer):
    """An S3 with one bucket, for whoever comes with any key."""

    name = "s3"
    clean_signal = signal.SIGTERM
    abrupt_signal = signal.SIGKILL
    bucket = "photos-of-a-town"
    region = "eu-west-3"

    @property
    def url(self) -> str:
        """Its address, as `ONEMILE_PHOTO_ENDPOINT` takes it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, Any]:
        """The settings with which photos lie here."""
        return {
            "photo_store": f"s3://{self.bucket}/town",
            "photo_endpoint": self.url,
            "photo_region": self.region,
            "photo_key": "key",
            "photo_secret": "secret",
        }

    def empty(self) -> None:
        """Forget everything, and have an empty bucket."""
        httpx.post(f"{self.url}/moto-api/reset").raise_for_status()
        client = self.client()
        client.create_bucket(
            Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": self.region}
        )
        client.close()

    def client(self) -> Any:
        """Return somebody who looks into the bucket past our own code."""
        return boto3.session.Session().client(
            "s3",
            endpoint_url=self.url,
            region_name=self.region,
            aws_access_key_id="other",
            aws_secret_access_key="other",
        )

    def _command(self) -> list[str]:
        return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]

    def _ping(self) -> None:
        httpx.get(f"{self.url}/moto-api/data.json", timeout=5).raise_for_status()
