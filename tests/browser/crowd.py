"""A town at its liveliest, written straight into a house's database while it is stopped."""

import math
import sqlite3
from datetime import UTC, datetime, timedelta

from server.ids import new_id
from tests.browser.house import Account, House, Spot

# Leaves of a sunflower: spread evenly over a disc, however many.
_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))


def settle_crowd(house: House, author: Account, around: Spot, count: int, radius_m: float) -> None:
    """Write so many open requests of `author` within `radius_m`; the house must not be running."""
    begun = datetime.now(UTC).replace(tzinfo=None)
    rows = []
    for number in range(count):
        reach, angle = radius_m * math.sqrt((number + 0.5) / count), number * _GOLDEN_ANGLE
        spot = around.away(east_m=reach * math.cos(angle), north_m=reach * math.sin(angle))
        rows.append((new_id(), new_id(), number, spot.lon, spot.lat))
    with sqlite3.connect(house.database) as database:
        database.executemany(
            "INSERT INTO listing (id, author_id, thread_id, kind, title, text, category, smiles, state,"
            " lon, lat, precision, cell, created_at, expires_at, version)"
            " VALUES (?, ?, ?, 'request', ?, 'Bonjour.', 'other', 1, 'open', ?, ?, 'exact', '', ?, ?, 1)",
            [
                (
                    id_,
                    author.id,
                    thread,
                    f"Demande {number}",
                    lon,
                    lat,
                    str(begun),
                    str(begun + timedelta(30)),
                )
                for id_, thread, number, lon, lat in rows
            ],
        )
        database.executemany(
            "INSERT INTO conversation (id, listing_id, seq, last_seq, updated_at) VALUES (?, ?, 0, 0, ?)",
            [(thread, id_, str(begun)) for id_, thread, *_ in rows],
        )
