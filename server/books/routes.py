"""The ledger as members and the public read it, over HTTP."""

from starlette.responses import Response

from server.books import months, sheet, statement, totals
from server.books.schemas import Books, Months, Statement, StatementFilter, StatementQuery
from server.clock import now
from server.http import Call, Routes

routes = Routes("books")


@routes.get("/api/me/smiles/statement", query=StatementQuery, answer=Statement, access="member")
async def show_statement(call: Call[None, StatementQuery]) -> Statement:
    """Return a page of one's own statement, newest first."""
    return await statement.page(call.site, call.member, call.query)


@routes.get(
    "/api/me/smiles/statement.csv",
    query=StatementFilter,
    status=200,
    access="member",
    content=sheet.MEDIA,
    limit="30/hour",
)
async def save_statement(call: Call[None, StatementFilter]) -> Response:
    """Return one's own statement as a sheet for a spreadsheet (CSV, UTF-8, by semicolons), all lines."""
    body = await sheet.sheet(call.site, call.member, call.query.kind, call.viewer.locale)
    name = f"smiles-{now():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, headers=headers, media_type=sheet.MEDIA)


@routes.get("/api/me/smiles/months", answer=Months, access="member")
async def show_months(call: Call) -> Months:
    """Return what one was given and gave in each of the last twelve months."""
    return await months.months(call.site, call.member)


@routes.get("/api/books", answer=Books, access="anyone", limit="60/minute")
async def show_books(call: Call) -> Books:
    """Show where all smiles are, and that it adds up."""
    return await totals.books(call.site)
