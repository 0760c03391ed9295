"""Letters: written with the change that causes them, sent after it, in the reader's language."""

import email
import email.policy
import re
import socket
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlmodel import select

from server import catalogue, mail
from server.mail import Letter
from server.outbox import JobRow
from tests.server.house import House, a_newcomer, open_house, settings

LETTERS = ("verify", "sign_in", "known", "unknown")
ALL_LETTERS = sorted(
    key.split(".")[1] for key in catalogue.keys("fr") if key.startswith("mail.") and key.endswith(".subject")
)
HEADS = {"Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"}


class PostOffice:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.written_to: list[str] = []
        self.says = "250 OK"  # to whoever is written to

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        envelope.rcpt_tos.append(address)
        self.written_to.append(address)
        return self.says

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.received.append(message)
        return "250 OK"


@pytest.fixture
def office() -> Iterator[tuple[PostOffice, str]]:
    """A running mail server, and its URL."""
    keeper = PostOffice()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(keeper, hostname="127.0.0.1", port=port)
    controller.start()
    yield keeper, f"smtp://127.0.0.1:{port}"
    controller.stop()


def parts(message: EmailMessage) -> tuple[str, str]:
    text, page = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert page is not None
    return text.get_content(), page.get_content()


async def test_a_letter_goes_out_in_text_and_html_with_a_working_link(
    sqlite_town_url: str, office: tuple[PostOffice, str]
) -> None:
    keeper, url = office
    async with open_house(sqlite_town_url, mail=url, mail_from="Le quartier <bonjour@mile.example>") as house:
        client = await house.visitor()
        await client.post("/api/members", json=a_newcomer("Ana"))
        await house.work()
        (message,) = keeper.received
        text, page = parts(message)
        link = next(line for line in text.splitlines() if "/bienvenue#" in line)

        used = await client.post("/api/session/link/use", json={"token": link.partition("#")[2]})

    assert message["To"] == "ana@example.org"
    assert message["From"] == "Le quartier <bonjour@mile.example>"
    assert message["Subject"] == "Bienvenue sur 1Mile\u00a0: confirmez votre adresse"
    assert {"Message-ID", "Date", "Auto-Submitted"} <= set(message.keys())
    assert f'href="{link}"' in page
    assert "Bonjour Ana," in text
    assert used.status_code == 200


async def test_a_letter_to_a_host_of_any_alphabet_goes_out_in_ascii(
    sqlite_town_url: str, office: tuple[PostOffice, str]
) -> None:
    keeper, url = office
    async with open_house(sqlite_town_url, mail=url) as house:
        await (await house.visitor()).post(
            "/api/members", json=a_newcomer(email="ana@boîte-aux-lettres.example")
        )
        await house.work()

    (message,) = keeper.received
    assert keeper.written_to == ["ana@xn--bote-aux-lettres-rsb.example"]
    assert message["To"] == "ana@xn--bote-aux-lettres-rsb.example"


async def test_a_letter_waits_while_the_mail_server_is_away(sqlite_town_url: str) -> None:
    async with open_house(sqlite_town_url, mail="smtp://127.0.0.1:1") as house:
        answer = await (await house.visitor()).post("/api/members", json=a_newcomer())
        await house.work()
        async with house.site.database.read() as session:
            (job,) = (await session.exec(select(JobRow).where(JobRow.kind == "mail"))).all()

    assert answer.status_code == 202
    assert (job.attempts, job.done_at, job.failed_at) == (1, None, None)


@pytest.mark.parametrize(
    ("says", "given_up"), [("450 4.2.1 later", False), ("550 5.1.1 no such mailbox", True)]
)
async def test_an_address_that_does_not_exist_is_not_written_to_again(
    sqlite_town_url: str, office: tuple[PostOffice, str], says: str, given_up: bool
) -> None:
    keeper, url = office
    keeper.says = says
    async with open_house(sqlite_town_url, mail=url) as house:
        await (await house.visitor()).post("/api/members", json=a_newcomer())
        await house.work()
        async with house.site.database.read() as session:
            (job,) = (await session.exec(select(JobRow).where(JobRow.kind == "mail"))).all()

    assert job.attempts == 1
    assert (job.failed_at is not None) is given_up


async def test_the_link_is_in_no_table_before_it_is_sent(small_house: House) -> None:
    await (await small_house.visitor()).post("/api/members", json=a_newcomer())
    async with small_house.site.database.read() as session:
        (job,) = (await session.exec(select(JobRow).where(JobRow.kind == "mail"))).all()

    assert mail.token_of(small_house.settings, job.payload["seed"]) not in str(job.payload)
    assert mail.token_of(settings("sqlite://", secret="another" * 8), job.payload["seed"]) != mail.token_of(
        small_house.settings, job.payload["seed"]
    )


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize("kind", LETTERS)
def test_every_letter_is_complete_in_both_languages(kind: str, locale: str) -> None:
    letter = Letter(kind, "ana@example.org", "Ana", locale, {}, seed="seed")

    message, link, button = mail.written(settings("sqlite://"), letter)

    text, page = parts(message)
    assert message["Subject"]
    assert link is not None
    assert button is not None
    assert link in text
    assert f'lang="{locale}"' in page
    assert "{" not in text + page


def test_a_name_cannot_become_markup_or_a_header() -> None:
    letter = Letter("verify", "ana@example.org", "<b>Ana</b>", "fr", {}, seed="seed")

    message, _, _ = mail.written(settings("sqlite://"), letter)

    text, page = parts(message)
    assert "<b>Ana</b>" in text
    assert "&lt;b&gt;Ana&lt;/b&gt;" in page
    with pytest.raises(ValueError, match="Header values"):
        mail.written(settings("sqlite://"), Letter("verify", "a@b.c\r\nBcc: d@e.f", "Ana", "fr", {}))


@pytest.mark.parametrize("kind", ALL_LETTERS)
@pytest.mark.parametrize(
    "word",
    ["=?utf-8?q?=0D=0ABcc=3A_d=40e.f?=", "=?utf-8?b?eA0KQmNjOiBkQGUuZg==?=", "=?iso-8859-1?q?=0A=0A<b>?="],
)
def test_a_name_is_not_decoded_into_heads_or_a_letter_of_its_own(kind: str, word: str) -> None:
    keys = [f"mail.{kind}.{part}" for part in ("subject", "text", "button", "after")]
    texts = [catalogue.translate("fr", key) for key in keys if catalogue.has(key)]
    params: dict[str, str | int] = dict.fromkeys(re.findall(r"{(\w+)}", " ".join(texts)), word)
    params = {name: given for name, given in params.items() if name not in {"site", "name", "count"}}

    message, _, _ = mail.written(
        settings("sqlite://"), Letter(kind, "ana@example.org", word, "fr", {**params, "count": 2})
    )

    head, _, body = message.as_bytes().partition(b"\r\n\r\n")
    names = [line.partition(b":")[0].decode() for line in head.split(b"\r\n") if not line.startswith(b" ")]
    assert sorted(names) == sorted(HEADS)
    assert email.message_from_bytes(head + b"\r\n\r\n" + body).is_multipart()
    # Nor does the program that shows it find one.
    shown = str(make_header(decode_header(message.as_string().partition("\r\n\r\n")[0])))
    assert "Bcc: d" not in shown
    if "{other}" in texts[0]:
        assert word in str(message["Subject"]).replace("\u2060", "")


async def test_the_mailbox_shows_the_newest_first_with_their_links(small_house: House) -> None:
    client = await small_house.visitor()
    for name in ("Ana", "Bo"):
        await client.post("/api/members", json=a_newcomer(name))
    await small_house.work()

    page = (await client.get("/dev/mail")).text

    assert page.index("bo@example.org") < page.index("ana@example.org")
    assert page.count('class="button" href="http://localhost:8000/bienvenue#') == 2


async def test_there_is_no_mailbox_where_mails_are_sent(sqlite_town_url: str) -> None:
    async with open_house(sqlite_town_url, mail="off") as house:
        client = await house.visitor()
        shown = await client.get("/dev/mail")
        config = (await client.get("/api/config")).json()

    assert shown.status_code == 404
    assert config["mail_page"] is False
