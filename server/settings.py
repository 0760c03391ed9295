"""All settings, in one frozen object. Each can be set by an environment variable `ONEMILE_<NAME>`.

`PORT`, `DATABASE_URL` and `REDIS_URL` are also read without the prefix, as Procfile platforms give them. The
variables may stand in a file, one `NAME=value` a line, whose path is in `ONEMILE_SETTINGS`; the environment
goes before it.
"""

import hashlib
import hmac
import os
import re
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

DEFAULT_SECRET = "not a secret: for development only"  # noqa: S105 - production refuses to start with it
SHORTEST_SECRET = 32
FILE_VARIABLE = "ONEMILE_SETTINGS"
WEB_DIST = Path(__file__).parent.parent / "web" / "dist"


def _driver(url: str) -> str:
    """Return the URL with the asynchronous driver that this project uses."""
    for given, driver in (
        ("postgres://", "postgresql+psycopg://"),
        ("postgresql://", "postgresql+psycopg://"),
        ("sqlite://", "sqlite+aiosqlite://"),
    ):
        if url.startswith(given):
            return driver + url.removeprefix(given)
    return url


def _mail(value: str) -> str:
    if value in {"off", "page"} or value.startswith(("smtp://", "smtps://")):
        return value
    raise ValueError("expected off, page, smtp://[user:password@]host[:port] or smtps://…")


def _photo_store(value: str) -> str:
    if value != "folder" and re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,62}(/[\w./-]*)?", value) is None:
        raise ValueError("expected folder, s3://bucket or s3://bucket/prefix")
    if value != "folder" and find_spec("boto3") is None:
        raise ValueError("photos in a store that speaks S3 need boto3: pip install 'onemile[s3]'")
    return value


def _nothing(value: object) -> object:
    return None if value == "" else value


OptionalText = Annotated[str | None, BeforeValidator(_nothing)]
OptionalPath = Annotated[Path | None, BeforeValidator(_nothing)]


class Settings(BaseSettings):
    """How this 1Mile runs. Every field has a default that is right for a laptop."""

    model_config = SettingsConfigDict(
        env_prefix="ONEMILE_",
        frozen=True,
        populate_by_name=True,
        extra="ignore",
        arbitrary_types_allowed=True,
    )

    environment: Literal["development", "production"] = Field(
        "development", description="production: https, no development pages, no default secret"
    )
    secret: SecretStr = Field(
        SecretStr(DEFAULT_SECRET), description="32 characters or more; published points and tokens hang on it"
    )
    public_url: str = Field(
        "http://localhost:8000", description="the address people type; links in mails begin with it"
    )
    host: str = Field("127.0.0.1", description="the address to listen on")
    port: int = Field(
        8000,
        ge=0,
        le=65535,
        validation_alias=AliasChoices("ONEMILE_PORT", "PORT"),
        description="the port to listen on",
    )
    processes: int = Field(1, ge=1, le=64, description="how many web processes; more than one needs Redis")
    forwarded_allow_ips: str = Field(
        "127.0.0.1", description="the proxies whose X-Forwarded-For is believed, by comma, or *"
    )
    database_url: Annotated[str, AfterValidator(_driver)] = Field(
        "sqlite+aiosqlite:///data/onemile.sqlite3",
        validation_alias=AliasChoices("ONEMILE_DATABASE_URL", "DATABASE_URL"),
        description="the database: postgresql://… or sqlite:///…",
    )
    redis_url: OptionalText = Field(
        None,
        validation_alias=AliasChoices("ONEMILE_REDIS_URL", "REDIS_URL"),
        description="none: one process only",
    )
    embedded_jobs: bool = Field(
        True, description="carry out jobs in the web process; off where a worker does"
    )
    mail: Annotated[str, AfterValidator(_mail)] = Field(
        "off",
        description="off, page (shown at /dev/mail, development only) or smtp://user:password@host:port",
    )
    mail_from: str = Field("1Mile <bonjour@localhost>", description="the sender of mails")
    name: str = Field("1Mile", description="the name of the service")
    town: str = Field("Mulhouse", description="the town it is for")
    centre: tuple[float, float] = Field((7.3389, 47.7466), description="lon, lat of the first view, as JSON")
    zoom: float = Field(14, ge=0, le=22, description="the zoom of the first view")
    style_url: OptionalText = Field(
        "https://tiles.openfreemap.org/styles/positron", description="a MapLibre style for the base map"
    )
    dark_style_url: OptionalText = Field(
        "https://tiles.openfreemap.org/styles/dark", description="the same for the dark theme"
    )
    base_map: OptionalPath = Field(None, description="a PMTiles file to serve as base map instead of a style")
    map_hosts: tuple[str, ...] = Field((), description="further origins the map may load from, as JSON")
    smiles_grant: int = Field(
        10, ge=0, le=1000, description="how many smiles who joins is given, once their address is verified"
    )
    referral_smiles: int = Field(
        5,
        ge=0,
        le=1000,
        description="how many smiles a sponsor is given for a newcomer's first exchange",
    )
    referral_most: int = Field(
        10, ge=0, le=1000, description="for how many newcomers one is given smiles, at most"
    )
    geocoder: Literal["off", "gazetteer", "geoplateforme", "photon"] = Field(
        "gazetteer", description="who finds addresses: off, gazetteer, geoplateforme or photon"
    )
    gazetteer: OptionalPath = Field(None, description="a GeoJSON file of places; none: the demo's")
    photon_url: str = Field("https://photon.komoot.io", description="the Photon server to ask")
    payments: Literal["off", "page", "stripe"] = Field(
        "off", description="who sells smiles: off, page (pretends, at /dev/pay, development only) or stripe"
    )
    stripe_key: SecretStr = Field(
        SecretStr(""),
        description="Stripe's secret or restricted key: sk_… or rk_…; production takes live ones",
    )
    stripe_webhook_secret: SecretStr = Field(
        SecretStr(""), description="the secret with which Stripe signs what it tells: whsec_…"
    )
    purchase_most: int = Field(
        200, ge=1, le=10_000, description="how many smiles one may buy at once; each is 1 euro"
    )
    photo_store: Annotated[str, AfterValidator(_photo_store)] = Field(
        "folder", description="where photos lie: folder, or s3://bucket or s3://bucket/prefix"
    )
    photo_dir: Path = Field(Path("data/photos"), description="the folder of photos, if they lie in one")
    photo_endpoint: OptionalText = Field(
        None, description="the address of the store that speaks S3; none: Amazon"
    )
    photo_region: OptionalText = Field(None, description="its region, if it has any")
    photo_key: OptionalText = Field(
        None, description="the key to it; none: where Amazon's programs look for theirs"
    )
    photo_secret: SecretStr = Field(SecretStr(""), description="the secret of that key")
    photo_megabytes: int = Field(
        12, ge=1, le=12, description="how many megabytes a photo may have that somebody sends"
    )
    security_contact: str = Field("mailto:security@localhost", description="for /.well-known/security.txt")
    allowed_origins: tuple[str, ...] = Field(
        (), description="further origins whose pages may use us, as JSON"
    )
    web_dist: Path = Field(WEB_DIST, description="the built browser app")
    log_format: Literal["json", "console"] = Field(
        "json", description="json: one object a line; console: for eyes"
    )
    argon2_time_cost: int = Field(3, ge=1, description="passes over the memory for one password")
    argon2_memory_kib: int = Field(65_536, ge=8, description="memory for one password")
    exchange_answer_days: float = Field(
        14, gt=0, le=365, description="how long a proposed exchange waits for an answer"
    )
    exchange_lapse_days: float = Field(
        30, gt=0, le=365, description="an accepted exchange that nobody ends so long after its time expires"
    )
    exchange_release_days: float = Field(
        7, gt=0, le=365, description="smiles pass so long after the helper said that it is done"
    )
    exchange_remind_days: float = Field(
        3, gt=0, le=365, description="after so long a letter reminds who is to answer or to confirm"
    )
    exchange_objection_hours: float = Field(
        48, gt=0, le=8760, description="how long a helper can object to a reported no-show"
    )
    pledge_remind_days: float = Field(
        14,
        gt=0,
        le=365,
        description="after so long a letter reminds who promised a donation that has not come",
    )
    project_decide_days: float = Field(
        14, gt=0, le=365, description="how long a project's owner may decide on smiles after its end"
    )
    limits: bool = Field(True, description="rate limits; off only for measurements")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - ours knows the file
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - we have none
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read what is given first, then the environment, then the file."""
        file = os.environ.get(FILE_VARIABLE)
        if not file:
            return init_settings, env_settings
        return init_settings, env_settings, DotEnvSettingsSource(settings_cls, env_file=file)

    @model_validator(mode="after")
    def _payable(self) -> Self:
        if self.payments == "page" and self.environment == "production":
            raise ValueError("production does not pretend to be paid: set ONEMILE_PAYMENTS=stripe or off")
        if self.payments != "stripe":
            return self
        key, secret = self.stripe_key.get_secret_value(), self.stripe_webhook_secret.get_secret_value()
        if not key.startswith(("sk_live_", "rk_live_", "sk_test_", "rk_test_")):
            raise ValueError("payments by Stripe need its key: set ONEMILE_STRIPE_KEY=sk_live_… or rk_live_…")
        if not secret.startswith("whsec_"):
            raise ValueError(
                "payments by Stripe need the secret of its webhook: set ONEMILE_STRIPE_WEBHOOK_SECRET=whsec_…"
            )
        if self.environment == "production" and not self.stripe_is_live:
            raise ValueError(
                "production gives no smiles for Stripe's test cards: set ONEMILE_STRIPE_KEY to a live key"
            )
        return self

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if self.processes > 1 and self.redis_url is None:
            raise ValueError("more than one process needs Redis: set ONEMILE_REDIS_URL=redis://host:6379/0")
        if self.environment == "production":
            if len(self.secret.get_secret_value()) < SHORTEST_SECRET or self.has_default_secret:
                raise ValueError(
                    f"production needs a secret of its own: set ONEMILE_SECRET to {SHORTEST_SECRET} or more"
                    " random characters (python3 -c 'import secrets; print(secrets.token_urlsafe(48))')"
                )
            if not self.public_url.startswith("https://"):
                raise ValueError("production needs https: set ONEMILE_PUBLIC_URL=https://your.address")
            if self.mail == "page":
                raise ValueError("production does not show mails on a page: set ONEMILE_MAIL=smtp://… or off")
        return self

    @property
    def has_default_secret(self) -> bool:
        """Whether nobody has set a secret."""
        return self.secret.get_secret_value() == DEFAULT_SECRET

    @property
    def is_https(self) -> bool:
        """Whether people reach us by https, so that cookies can be bound to it."""
        return self.public_url.startswith("https://")

    @property
    def stripe_is_live(self) -> bool:
        """Whether the key moves real money."""
        return self.stripe_key.get_secret_value()[2:].startswith("_live_")

    @cached_property
    def origin(self) -> str:
        """The origin of our own pages."""
        return "/".join(self.public_url.split("/")[:3])

    def key(self, purpose: str) -> bytes:
        """Return the 32 bytes that the secret gives for one purpose; another purpose, other bytes."""
        return hmac.digest(self.secret.get_secret_value().encode(), purpose.encode(), hashlib.sha256)
