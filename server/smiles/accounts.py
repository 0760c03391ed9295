"""The accounts of the ledger by name: where smiles can be, and whose they are then.

Smiles have an origin: what was granted, or earned by helping, and what was bought never share an account. The
one way from one to the other is to be given: the helper has earned what the beneficiary had bought.
"""

from typing import Final, Literal, NamedTuple, TypeAlias, get_args

Kind: TypeAlias = Literal["member", "hold", "project", "community", "mint", "debt"]
Origin: TypeAlias = Literal["earned", "bought"]
Mint: TypeAlias = Literal["grant", "referral", "purchase"]

ORIGINS: Final[tuple[Origin, ...]] = ("earned", "bought")
# Below zero by as much as all others hold together; these alone may be.
BELOW_ZERO: Final = frozenset({"mint", "debt"})


class Account(NamedTuple):
    """One account. `subject` is a member, an exchange, a gift or a project; `owner` whose smiles they are.

    `part` is the origin of what is in it; of a mint, why it mints.
    """

    kind: Kind
    subject: str | None = None
    part: str | None = None
    owner: str | None = None

    @property
    def id(self) -> str:
        """Its id in the database, by whose order accounts are locked."""
        return ":".join(part for part in (self.kind, self.subject, self.part) if part is not None)


def named(account_id: str, owner: str | None) -> Account:
    """Return the account of an id, which belongs to `owner`."""
    kind, *rest = account_id.split(":")
    known = {one: one for one in get_args(Kind)}
    if kind in {"community", "mint"}:
        return Account(known[kind], None, rest[0], owner)
    return Account(known[kind], rest[0], rest[1] if len(rest) > 1 else None, owner)


def earned(member: str) -> Account:
    """Return where a member has what was granted or earned."""
    return Account("member", member, "earned", member)


def bought(member: str) -> Account:
    """Return where a member has what they bought."""
    return Account("member", member, "bought", member)


def debt(member: str) -> Account:
    """Return what a member owes: below zero by what was spent and then charged back."""
    return Account("debt", member, None, member)


def hold(cause: str, origin: Origin, owner: str) -> Account:
    """Return where the smiles of an exchange or of a gift wait; they are still theirs who spends them."""
    return Account("hold", cause, origin, owner)


def project(listing: str, origin: Origin) -> Account:
    """Return through which account gifts to a project pass: its entries are what was raised, ever."""
    return Account("project", listing, origin)


def community(origin: Origin) -> Account:
    """Return where goes what members leave behind."""
    return Account("community", None, origin)


def mint(why: Mint) -> Account:
    """Return the account from which new smiles come: below zero by how many there have been."""
    return Account("mint", None, why)
