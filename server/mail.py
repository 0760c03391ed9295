"""Letters to members: written down in the transaction that causes them, sent by a job after it.

A letter's words are in the catalogue (`mail.<letter>.subject`, `.text`, `.button`, `.after`), its form is one
pair of templates. The token of a link is not written anywhere: the job holds the seed from which the secret
makes it, so that a copied database opens no account.
"""

import base64
import hmac
from dataclasses import asdict, dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid, parseaddr
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from sqlalchemy import delete
from sqlmodel import Field, col, select

from server import catalogue, templates
from server.clock import now
from server.database import Session
from server.ids import new_id
from server.jobs import Hopeless, job
from server.outbox import enqueue
from server.settings import Settings
from server.site import Site
from server.tables import Row, long_text, moment

SEND_SECONDS = 15
# The development mailbox forgets what is older than its latest letters.
MOST_SHOWN = 200


class ShownMailRow(Row, table=True):
    """A letter on the page /dev/mail, where development keeps them instead of sending."""

    __tablename__ = "shown_mail"

    id: str = Field(primary_key=True, max_length=36)
    to: str = Field(max_length=254)
    subject: str = Field(max_length=200)
    text: str = long_text()
    link: str | None = long_text(default=None, nullable=True)
    button: str | None = Field(default=None, max_length=100)
    created_at: datetime = moment()


class AddressRefused(Hopeless):
    """Who keeps the address says that it does not exist, or takes no mail."""


class Addressee(Protocol):
    """Whom a letter is for: a member, or an address that asked."""

    @property
    def email(self) -> str:
        """Where it goes."""
        ...

    @property
    def name(self) -> str:
        """How it greets; empty for no greeting."""
        ...

    @property
    def locale(self) -> str:
        """In which language."""
        ...

    @property
    def left_at(self) -> datetime | None:
        """When they left 1Mile, if they have: then they have no address any more."""
        ...


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to write: `kind` names its words, `params` fill them, `link` is where its button leads.

    With a `seed` the link is to /bienvenue with the token made from it.
    """

    kind: str
    email: str
    name: str
    locale: str
    params: dict[str, str | int]
    link: str | None = None
    seed: str | None = None


async def write(
    session: Session,
    to: Addressee,
    kind: str,
    *,
    link: str | None = None,
    seed: str | None = None,
    **params: str | int,
) -> None:
    """Have a letter of `kind` sent to `to` once the session's transaction is committed; see `Letter`.

    Nobody is written to who has left.
    """
    if to.left_at is not None:
        return
    letter = Letter(kind, to.email, to.name, to.locale, params, link, seed)
    await enqueue(session, "mail", asdict(letter))


def token_of(settings: Settings, seed: str) -> str:
    """Return the token of 256 bits, in 43 characters, that the secret makes of `seed`."""
    mac = hmac.digest(settings.key("mail token"), seed.encode(), "sha256")
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def written(settings: Settings, letter: Letter) -> tuple[EmailMessage, str | None, str | None]:
    """Return `letter` as a message in text and HTML, its link and its button's words."""

    def words(key: str) -> str | None:
        full = f"mail.{letter.kind}.{key}"
        params = {"site": settings.name, "name": letter.name, **letter.params}
        return catalogue.translate(letter.locale, full, **params) if catalogue.has(full) else None

    link = letter.link
    if letter.seed is not None:
        link = f"{settings.public_url.rstrip('/')}/bienvenue#{token_of(settings, letter.seed)}"
    shown = {
        "locale": letter.locale,
        "site": settings.name,
        "hello": catalogue.translate(letter.locale, "mail.hello", name=letter.name) if letter.name else None,
        "text": words("text"),
        "button": words("button"),
        "after": words("after"),
        "link": link,
        "signature": catalogue.translate(letter.locale, "mail.signature"),
        "footer": catalogue.translate(letter.locale, "mail.footer", site=settings.name),
    }
    message = EmailMessage(policy=SMTP)
    message["Subject"] = _literal(words("subject") or settings.name)
    sender_name, sender = parseaddr(settings.mail_from)
    message["From"] = Address(sender_name, addr_spec=sender)
    message["To"] = letter.email
    message["Date"] = formatdate(now().timestamp())
    message["Message-ID"] = make_msgid(domain=sender.partition("@")[2] or None)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(templates.render("mail.txt", **shown))
    message.add_alternative(templates.render("mail.html", **shown), subtype="html")
    return message, link, shown["button"]


def _literal(words: str) -> str:
    """Return `words`, of which no mail program, nor the library that writes letters, decodes anything.

    Setting a header decodes encoded words (RFC 2047, 2), also into line ends: a name made of one would write
    heads and a letter of its own. A joiner that nobody sees breaks the sign by which they begin.
    """
    return words.replace("=?", "=\u2060?")


@job("mail")
async def send(site: Site, payload: dict[str, Any]) -> None:
    """Send one letter the way the settings say."""
    if site.settings.mail == "off":
        return
    letter = Letter(**payload)
    message, link, button = written(site.settings, letter)
    if site.settings.mail == "page":
        await _show(site, message, link, button)
    else:
        await _transmit(site.settings, message)


async def shown(site: Site) -> list[ShownMailRow]:
    """Return the letters of the development mailbox, newest first."""
    async with site.database.read() as session:
        newest = select(ShownMailRow).order_by(col(ShownMailRow.id).desc()).limit(MOST_SHOWN)
        return list((await session.exec(newest)).all())


async def _show(site: Site, message: EmailMessage, link: str | None, button: str | None) -> None:
    text = message.get_body(("plain",))
    row = ShownMailRow(
        id=new_id(),
        to=str(message["To"]),
        subject=str(message["Subject"]),
        text=text.get_content() if text is not None else "",
        link=link,
        button=button,
        created_at=now(),
    )
    async with site.database.write() as session:
        session.add(row)
        await session.flush()
        kept = select(ShownMailRow.id).order_by(col(ShownMailRow.id).desc()).limit(MOST_SHOWN)
        await session.exec(delete(ShownMailRow).where(col(ShownMailRow.id).not_in(kept)))


async def _transmit(settings: Settings, message: EmailMessage) -> None:
    # Imported here: a process that sends no mail need not load it.
    import aiosmtplib

    url = urlsplit(settings.mail)
    try:
        await aiosmtplib.send(
            message,
            hostname=url.hostname,
            port=url.port or (465 if url.scheme == "smtps" else 25),
            username=unquote(url.username) if url.username else None,
            password=unquote(url.password) if url.password else None,
            use_tls=url.scheme == "smtps",
            timeout=SEND_SECONDS,
        )
    except aiosmtplib.SMTPRecipientsRefused as refused:
        # RFC 5321, 4.2.1: 4yz may be tried again, 5yz not.
        if all(one.code >= 500 for one in refused.recipients):
            raise AddressRefused from refused
        raise
