"""Who develops and who keeps photos, by the settings."""

from server.album import Album, PhotoStore
from server.photos.darkroom import Darkroom
from server.photos.folder import FolderStore
from server.settings import Settings


def album(settings: Settings) -> Album:
    """Return the album that the settings name."""
    return Album(Darkroom(), photo_store(settings))


def photo_store(settings: Settings) -> PhotoStore:
    """Return the store that the settings name."""
    if settings.photo_store == "folder":
        return FolderStore(settings.photo_dir)
    # Imported here: an extra, and half a second that others need not take.
    from server.photos.s3 import S3Store

    bucket, _, prefix = settings.photo_store.removeprefix("s3://").partition("/")
    return S3Store(
        bucket,
        f"{prefix.strip('/')}/" if prefix.strip("/") else "",
        endpoint=settings.photo_endpoint,
        region=settings.photo_region,
        key=settings.photo_key,
        secret=settings.photo_secret.get_secret_value() or None,
    )
