"""The ledger as a child would keep it: numbers in a dictionary, and no thought of locks, keys or rows."""

from collections import Counter
from dataclasses import dataclass, field

from server.smiles.accounts import Account, Mint, bought, community, debt, earned, hold, mint


class TooFew(Exception):
    """Somebody has fewer smiles than they wanted to give."""

    def __init__(self, missing: int) -> None:
        super().__init__(missing)
        self.missing = missing


@dataclass
class PlainLedger:
    """How many smiles are in each account. What fails changes nothing."""

    smiles: Counter[Account] = field(default_factory=Counter)

    def give(self, why: Mint, member: str, smiles: int) -> None:
        """Mint smiles for somebody."""
        self.smiles[mint(why)] -= smiles
        self._receives(member, bought(member) if why == "purchase" else earned(member), smiles)

    def put_on_hold(self, exchange: str, beneficiary: str, smiles: int) -> None:
        """Put smiles aside, what was earned first."""
        missing = smiles - self.smiles[earned(beneficiary)] - self.smiles[bought(beneficiary)]
        if missing > 0:
            raise TooFew(missing)
        for _ in range(smiles):
            origin = "earned" if self.smiles[earned(beneficiary)] else "bought"
            self.smiles[Account("member", beneficiary, origin, beneficiary)] -= 1
            self.smiles[Account("hold", exchange, origin, beneficiary)] += 1

    def release(self, exchange: str, beneficiary: str, helper: str, to_helper: int) -> None:
        """Give the helper their part, what was earned first, and the rest back."""
        holds = hold(exchange, "earned", beneficiary), hold(exchange, "bought", beneficiary)
        missing = to_helper - sum(self.smiles[one] for one in holds)
        if missing > 0:
            raise TooFew(missing)
        for _ in range(to_helper):
            self.smiles[next(one for one in holds if self.smiles[one])] -= 1
        self._receives(helper, earned(helper), to_helper)
        for one, purse in zip(holds, (earned(beneficiary), bought(beneficiary)), strict=True):
            back = self.smiles.pop(one, 0)
            self._receives(beneficiary, purse, back)

    def take_back(self, member: str, smiles: int) -> None:
        """Take bought smiles out of the world, or what else there is, or note that they are owed."""
        self.smiles[mint("purchase")] += smiles
        for _ in range(smiles):
            if self.smiles[bought(member)]:
                self.smiles[bought(member)] -= 1
            elif self.smiles[earned(member)]:
                self.smiles[earned(member)] -= 1
            else:
                self.smiles[debt(member)] -= 1

    def reinstate(self, member: str, smiles: int) -> None:
        """Bring bought smiles back into the world."""
        self.give("purchase", member, smiles)

    def leave(self, member: str) -> None:
        """Leave everything to the community."""
        self.smiles[community("earned")] += self.smiles.pop(earned(member), 0)
        self.smiles[community("bought")] += self.smiles.pop(bought(member), 0)

    def there(self) -> dict[str, int]:
        """Return what is in each account that is not empty, by its id."""
        return {account.id: smiles for account, smiles in self.smiles.items() if smiles}

    def _receives(self, member: str, purse: Account, smiles: int) -> None:
        self.smiles[purse] += smiles
        paid = min(smiles, -self.smiles[debt(member)])
        self.smiles[purse] -= paid
        self.smiles[debt(member)] += paid
