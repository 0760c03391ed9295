"""Which categories a listing of each kind may have, in the order in which they are offered."""

from typing import Final

from realtime.refusals import Invalid
from realtime.shapes import Category, Layer

_HELP: Final = (
    Category.GARDEN,
    Category.REPAIR,
    Category.TRANSPORT,
    Category.LENDING,
    Category.CARE,
    Category.TUTORING,
    Category.DIGITAL,
    Category.PETS,
    Category.FOOD,
    Category.MOVING,
    Category.COMPANY,
    Category.CLOTHES,
    Category.OTHER,
)
CATEGORIES: Final[dict[Layer, tuple[Category, ...]]] = {
    Layer.REQUEST: _HELP,
    Layer.OFFER: _HELP,
    Layer.PROJECT: (
        Category.SOLIDARITY,
        Category.ENVIRONMENT,
        Category.EDUCATION,
        Category.CULTURE,
        Category.SPORT,
        Category.HERITAGE,
        Category.OTHER,
    ),
    Layer.MAG: (
        Category.SHOP,
        Category.RESTAURANT,
        Category.CRAFT,
        Category.ASSOCIATION,
        Category.EVENT,
        Category.CULTURE,
        Category.OTHER,
    ),
}


def require_category(kind: Layer, category: Category) -> None:
    """Raise `Invalid` unless a listing of `kind` may be about `category`."""
    if category not in CATEGORIES[kind]:
        raise Invalid("category_elsewhere", field="category")
