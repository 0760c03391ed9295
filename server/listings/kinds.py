"""What a listing of each kind is held to: its categories, how long its text may be, how long it stands.

Requests and offers are short, plain and soon over, and smiles go with them. A mag is an article: it is
longer, stands for a year or until its event is over, and asks for nothing.
"""

from datetime import timedelta
from typing import Final

from realtime.refusals import Invalid
from realtime.shapes import Layer, ListingState
from server.articles.rendering import require_renderable
from server.board.shaping import ARTICLES
from server.listings.categories import require_category
from server.listings.schemas import ListingChange, ListingDraft
from server.policy.listings import HELPING

LIFETIMES: Final = {
    Layer.REQUEST: timedelta(days=30),
    Layer.OFFER: timedelta(days=30),
    Layer.PROJECT: timedelta(days=365),
    Layer.MAG: timedelta(days=365),
}
# Characters.
LONGEST_TEXT: Final = {Layer.REQUEST: 4000, Layer.OFFER: 4000, Layer.PROJECT: 20_000, Layer.MAG: 20_000}


def require_fitting(kind: Layer, sent: ListingDraft | ListingChange) -> None:
    """Raise `Invalid` unless a listing of `kind` may be as it was `sent`; its dates are looked at apart."""
    if sent.category is not None:
        require_category(kind, sent.category)
    if sent.text is not None and len(sent.text) > LONGEST_TEXT[kind]:
        raise Invalid("text_too_long", field="text", max=LONGEST_TEXT[kind])
    if kind in ARTICLES and sent.text is not None:
        require_renderable(sent.text)
    if kind in HELPING:
        return
    if sent.smiles:
        raise Invalid("smiles_elsewhere", field="smiles")
    if isinstance(sent, ListingChange) and sent.state is ListingState.IN_PROGRESS:
        raise Invalid("state_elsewhere", field="state")
