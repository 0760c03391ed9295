"""Who is one person to the ledger: an e-mail address, however it is written.

Whoever leaves and comes again, or joins by two spellings of one address, is one person, to whom smiles are
minted once. Kept is an HMAC in the key of a transfer: from the ledger nobody learns an address.
"""

import hmac
from typing import Final

from server.settings import Settings

# Hosts that deliver an address with dots in its name as if they were not there, and the one name of each.
_DOTLESS: Final = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}


def plain(email: str) -> str:
    """Return the one spelling of an address: small letters, no `+tag`, no dots where they mean nothing."""
    name, _, host = email.strip().lower().rpartition("@")
    # An address that is nothing but a tag keeps it.
    name = name.partition("+")[0] or name
    if host in _DOTLESS:
        name, host = name.replace(".", "") or name, _DOTLESS[host]
    return f"{name}@{host}"


def person_of(settings: Settings, email: str) -> str:
    """Return by what the ledger knows whose address this is: 64 characters that tell nobody else."""
    return hmac.new(settings.key("person"), plain(email).encode(), "sha256").hexdigest()
