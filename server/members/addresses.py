"""E-mail addresses in the one spelling that every mail server can write to: ASCII.

What stands after the @ may be in any alphabet, since each such name has one in ASCII (IDNA 2008, RFC 5891,
read as browsers read it: UTS 46). What stands before it has none. Only servers that speak SMTPUTF8 (RFC 6531)
all the way deliver to it, and hardly any does.
"""

from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

_LONGEST: Final = 254
# What a letter's head would read as more than one address, or not as an address at all, is none.
_NOT_IN_EMAIL: Final = r"@\s\x00-\x1f\x7f-\x9f<>(),:;\[\]\\\""


def one_spelling(email: str) -> str:
    """Return an address in small letters with its host in ASCII.

    Raises `PydanticCustomError` if its name is not, and `ValueError` if its host is none, if it is longer
    than any may be, or if a letter's head would take it for an encoded word (RFC 2047, 2): decoded, it may
    hold line ends and other addresses.
    """
    if "=?" in email:
        raise ValueError("an encoded word is no address")
    name, _, host = email.rpartition("@")
    if not name.isascii():
        raise PydanticCustomError("email_not_ascii", "an address is ASCII before its @")
    if not host.isascii():
        host = _in_ascii(host)
    if len(name) + 1 + len(host) > _LONGEST:
        raise ValueError("longer than an address may be")
    return f"{name}@{host}"


def as_read(email: str) -> str:
    """Return an address as its owner reads it: with its host in the alphabet that it was made for."""
    name, at, host = email.rpartition("@")
    if "xn--" not in host:
        return email
    import idna

    try:
        return f"{name}{at}{idna.decode(host)}"
    except idna.IDNAError:
        return email


def _in_ascii(host: str) -> str:
    # Imported here: tables of all alphabets, for the few who need them.
    import idna

    return idna.encode(host, uts46=True, std3_rules=True).decode()


EmailText = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        to_lower=True,
        max_length=_LONGEST,
        pattern=rf"^[^{_NOT_IN_EMAIL}]{{1,64}}@[^{_NOT_IN_EMAIL}]+\.[^{_NOT_IN_EMAIL}.]+$",
    ),
    AfterValidator(one_spelling),
]
