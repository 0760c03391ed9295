"""Which cashier the settings ask for."""

from server.cashier import CLOSED, Cashier
from server.payments.page_cashier import PageCashier
from server.payments.stripe_cashier import StripeCashier
from server.settings import Settings


def cashier(settings: Settings) -> Cashier:
    """Return the cashier of the settings."""
    match settings.payments:
        case "off":
            return CLOSED
        case "page":
            return PageCashier(settings)
        case "stripe":
            return StripeCashier(settings)
