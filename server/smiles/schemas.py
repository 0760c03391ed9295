"""What goes out about a member's smiles."""

from realtime.exchanges import Purse
from realtime.words import Shape


class Wallet(Shape):
    """A member's smiles, and how one comes by more.

    `grant` is what everybody has at first. If `buying` is on, one may buy up to `most_per_purchase` at once.
    """

    purse: Purse
    grant: int
    buying: bool
    most_per_purchase: int


class Invitation(Shape):
    """One's own invitation: the link to pass on, and `qr`, where the same is drawn.

    Of the `brought` who joined by it, `rewarded` have completed a first exchange, for `smiles` each; there is
    something for `most` at most.
    """

    link: str
    qr: str
    smiles: int
    brought: int
    rewarded: int
    most: int
