"""A member's own smiles over HTTP."""

from server.http import Call, Routes
from server.smiles import invitation, purses
from server.smiles.schemas import Invitation, Wallet

routes = Routes("smiles")


@routes.get("/api/me/smiles", answer=Wallet, access="member")
async def show_wallet(call: Call) -> Wallet:
    """Show one's own smiles, and how one comes by more."""
    settings = call.site.settings
    async with call.site.database.read() as session:
        purse = await purses.purse(session, call.member.id)
    return Wallet(
        purse=purse,
        grant=settings.smiles_grant,
        buying=settings.payments != "off",
        most_per_purchase=settings.purchase_most,
    )


@routes.get("/api/me/invitation", answer=Invitation, access="member")
async def show_invitation(call: Call) -> Invitation:
    """Show one's own invitation, and what it has brought."""
    return await invitation.invitation(call.site, call.member.id)


@routes.get(invitation.DRAWING, status=200, access="member", content="image/svg+xml", limit="60/minute")
async def draw_invitation(call: Call) -> bytes:
    """Draw the link of one's invitation as a QR code."""
    return invitation.drawn(await invitation.link_of(call.site, call.member.id))
