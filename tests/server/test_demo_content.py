"""What the demo town promises to whoever starts it: a believable neighbourhood, and nobody real in it.

The content is written by hand in `server/demo/`; a slip of the pen in it (an author who does not exist, an
answer older than its question, a pin in the wrong country) is caught here, before it reaches a map.
"""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import AfterValidator, Field, TypeAdapter

from geo.sphere import Point, distance_m, is_within
from realtime.people import MemberKind
from realtime.shapes import Category, Layer, Precision
from realtime.words import Line, MessageText, Paragraphs, Shape, Title
from server.articles.rendering import html_of, require_renderable
from server.demo.town import ZONE
from server.demo.town import town as demo
from server.listings.categories import CATEGORIES
from tests.server.typesetting import UNTIDY_PUNCTUATION

DEMO = Path(__file__).parents[2] / "server" / "demo"
HOUR = 60
NARROW_SPACE, NO_BREAK_SPACE = "\u202f", "\u00a0"

HEART_OF = {"FR": Point(7.3389, 47.7466), "CH": Point(7.5886, 47.5596), "DE": Point(7.8494, 47.9961)}
EMAIL = re.compile(r"\S@\S")
PHONE = re.compile(r"(?:\+|00)\d{2}|\d(?:[\s.\-/\u00a0\u202f]?\d){7,}")
ADDRESS_ON_THE_WEB = re.compile(r"https?:|www\.|\w\.(?:fr|com|org|net|ch|de|eu)\b", re.IGNORECASE)


def _on_earth(position: tuple[float, float]) -> tuple[float, float]:
    Point(*position)
    return position


Position = Annotated[tuple[float, float], AfterValidator(_on_earth)]
Key = Annotated[str, Field(pattern=r"^[a-z]{2,20}$")]


class Member(Shape):
    key: Key
    name: Annotated[Line, Field(min_length=2, max_length=40)]
    kind: MemberKind
    home: Position
    about: Annotated[Line, Field(min_length=20, max_length=200)]


class Said(Shape):
    """A message; its minutes count from the listing's publication."""

    author: Key
    text: MessageText
    after_minutes: Annotated[int, Field(ge=1)]


class Dialog(Shape):
    with_: Annotated[Key, Field(alias="with")]
    messages: Annotated[tuple[Said, ...], Field(min_length=1)]


class DemoListing(Shape):
    author: Key
    kind: Literal["request", "offer"]
    category: Category
    title: Title
    text: Annotated[Paragraphs, Field(min_length=20, max_length=600)]
    smiles: Annotated[int, Field(ge=0, le=40)]
    place: Position
    precision: Precision
    age_hours: Annotated[int, Field(ge=1, le=600)]
    state: Literal["open", "in_progress", "done"]
    thread: Annotated[tuple[Said, ...], Field(max_length=7)]
    dialogs: tuple[Dialog, ...]

    @property
    def conversations(self) -> list[tuple[Said, ...]]:
        return [self.thread, *(dialog.messages for dialog in self.dialogs)]


class DemoDates(Shape):
    in_days: Annotated[int, Field(ge=1, le=7)]
    at_hour: Annotated[int, Field(ge=8, le=20)]
    lasts_hours: Annotated[float, Field(ge=1, le=6)]


class DemoMag(Shape):
    author: Key
    kind: Literal["mag"]
    category: Category
    title: Title
    text: Annotated[Paragraphs, Field(min_length=200, max_length=2000)]
    place: Position
    precision: Precision = Precision.EXACT
    age_hours: Annotated[int, Field(ge=1, le=1000)]
    thread: tuple[Said, ...]
    dates: DemoDates | None = None

    @property
    def conversations(self) -> list[tuple[Said, ...]]:
        return [self.thread]


class Town(Shape):
    centre: Position
    members: tuple[Member, ...]
    listings: tuple[DemoListing, ...]
    mags: tuple[DemoMag, ...]

    @property
    def posted(self) -> list[DemoListing | DemoMag]:
        return [*self.listings, *self.mags]

    def within_a_mile(self) -> list[DemoListing]:
        return [one for one in self.listings if is_within(Point(*self.centre), Point(*one.place))]


class PlaceProperties(Shape):
    name: Line
    kind: Literal["street", "square", "quarter", "town", "park", "station", "shop", "venue"]
    town: Line
    country: Literal["FR", "DE", "CH"]


class PlacePoint(Shape):
    type: Literal["Point"]
    coordinates: Position


class PlaceFeature(Shape):
    type: Literal["Feature"]
    geometry: PlacePoint
    properties: PlaceProperties

    @property
    def point(self) -> Point:
        return Point(*self.geometry.coordinates)


class Gazetteer(Shape):
    type: Literal["FeatureCollection"]
    features: tuple[PlaceFeature, ...]


@pytest.fixture(scope="module")
def town() -> Town:
    return TypeAdapter(Town).validate_json((DEMO / "town.json").read_bytes())


@pytest.fixture(scope="module")
def places() -> tuple[PlaceFeature, ...]:
    text = (DEMO / "places.geojson").read_bytes()
    return TypeAdapter(Gazetteer).validate_json(text).features


def _every_text(town: Town) -> list[str]:
    texts = [text for member in town.members for text in (member.name, member.about)]
    for listing in town.posted:
        texts += [listing.title, listing.text]
        texts += [said.text for conversation in listing.conversations for said in conversation]
    return texts


def _closest_country(position: tuple[float, float]) -> str:
    return min(HEART_OF, key=lambda country: distance_m(HEART_OF[country], Point(*position)))


def test_the_town_has_about_thirty_members_and_exactly_120_listings(town: Town) -> None:
    assert 28 <= len(town.members) <= 40
    assert len(town.listings) == 120


def test_everybody_who_speaks_is_a_member_and_every_member_publishes_something(town: Town) -> None:
    keys = [member.key for member in town.members]
    assert len(set(keys)) == len(keys)
    assert len({member.name for member in town.members}) == len(keys)

    speakers = {said.author for one in town.listings for c in one.conversations for said in c}
    authors = {one.author for one in town.listings}

    assert speakers <= set(keys)
    assert authors == set(keys)


def test_all_three_kinds_of_member_and_all_categories_occur(town: Town) -> None:
    assert {member.kind for member in town.members} == set(MemberKind)
    assert {listing.category for listing in town.listings} == set(CATEGORIES[Layer.REQUEST])


def test_requests_and_offers_are_about_55_to_45(town: Town) -> None:
    kinds = Counter(listing.kind for listing in town.listings)

    assert 60 <= kinds["request"] <= 72
    assert kinds["request"] + kinds["offer"] == 120


def test_most_listings_are_open_and_some_are_under_way_or_done(town: Town) -> None:
    states = Counter(listing.state for listing in town.listings)

    assert states["open"] >= 100
    assert states["in_progress"] >= 5
    assert states["done"] >= 2


def test_about_45_listings_lie_within_a_mile_of_the_centre(town: Town) -> None:
    near = town.within_a_mile()

    assert 35 <= len(near) <= 55
    assert {listing.kind for listing in near} == {"request", "offer"}


def test_the_neighbourhood_reaches_into_three_countries(town: Town) -> None:
    countries = Counter(_closest_country(listing.place) for listing in town.listings)

    assert 6 <= countries["CH"] - _in_saint_louis(town) <= 10
    assert 6 <= countries["DE"] <= 10
    assert countries["FR"] >= 100 - _in_saint_louis(town)


def _in_saint_louis(town: Town) -> int:
    """Count what lies in France though Basel's centre is nearer than Mulhouse's."""
    saint_louis = Point(7.5617, 47.5886)
    return sum(is_within(saint_louis, Point(*listing.place)) for listing in town.listings)


def test_no_two_listings_share_a_place_or_a_title(town: Town) -> None:
    titles = [listing.title.casefold() for listing in town.listings]
    assert len(set(titles)) == 120

    for one, other in combinations(town.listings, 2):
        assert distance_m(Point(*one.place), Point(*other.place)) > 10, (one.title, other.title)


def test_no_two_titles_are_nearly_the_same(town: Town) -> None:
    words = {one.title: set(re.findall(r"\w{4,}", one.title.casefold())) for one in town.listings}

    for (title, mine), (other, theirs) in combinations(words.items(), 2):
        assert len(mine & theirs) <= 2, (title, other)


def test_no_text_is_used_twice(town: Town) -> None:
    repeated = {text: n for text, n in Counter(_every_text(town)).items() if n > 1}

    assert repeated == {}


def test_only_a_business_or_an_association_shows_its_exact_place(town: Town) -> None:
    public = {member.key for member in town.members if member.kind != MemberKind.INDIVIDUAL}
    exact = {one.author for one in town.posted if one.precision == Precision.EXACT}

    assert exact
    assert exact <= public


def test_about_two_thirds_of_the_listings_are_talked_about(town: Town) -> None:
    assert 66 <= sum(bool(listing.thread) for listing in town.listings) <= 84
    assert 12 <= sum(bool(listing.dialogs) for listing in town.listings) <= 20


def test_messages_follow_each_other_and_none_comes_from_the_future(town: Town) -> None:
    for listing in town.posted:
        for conversation in listing.conversations:
            minutes = [said.after_minutes for said in conversation]
            assert all(earlier < later for earlier, later in pairwise(minutes)), listing.title
            assert all(minute < listing.age_hours * HOUR for minute in minutes), listing.title


def test_some_mags_tell_of_shops_and_associations_and_two_of_what_is_on_in_the_coming_days(
    town: Town,
) -> None:
    categories = Counter(mag.category for mag in town.mags)

    assert 7 <= len(town.mags) <= 10
    assert set(categories) <= set(CATEGORIES[Layer.MAG])
    assert categories[Category.EVENT] == sum(mag.dates is not None for mag in town.mags) == 2
    assert {mag.author for mag in town.mags} <= {member.key for member in town.members}
    assert sum(is_within(Point(*town.centre), Point(*mag.place)) for mag in town.mags) >= 6
    for mag in town.mags:
        require_renderable(mag.text)
        assert "<li" in html_of(mag.text) or "<h" in html_of(mag.text), mag.title


def test_an_event_of_the_demo_lies_ahead_whenever_it_is_written() -> None:
    for day in range(0, 400, 7):
        written = datetime(2026, 1, 1, 22, 59, tzinfo=UTC) + timedelta(days=day)
        for mag in demo().mags:
            if mag.dates is not None:
                begins, ends = mag.dates.from_day(written)
                assert written < begins < ends
                assert begins.astimezone(ZONE).hour == mag.dates.at_hour


def test_a_dialog_is_between_the_author_and_the_one_who_answers(town: Town) -> None:
    for listing in town.listings:
        others = [dialog.with_ for dialog in listing.dialogs]
        assert len(set(others)) == len(others), listing.title
        assert listing.author not in others, listing.title
        for dialog in listing.dialogs:
            speakers = {said.author for said in dialog.messages}
            assert speakers == {listing.author, dialog.with_}, listing.title


def test_no_text_holds_an_address_or_a_number_to_reach_somebody_outside(town: Town) -> None:
    for text in _every_text(town):
        for pattern in (EMAIL, PHONE, ADDRESS_ON_THE_WEB):
            assert pattern.search(text) is None, text


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (EMAIL, "écrivez à ana@exemple.fr"),
        (PHONE, "06 12 34 56 78"),
        (PHONE, "au 0612345678"),
        (PHONE, "+33 6 12 34"),
        (ADDRESS_ON_THE_WEB, "voir exemple.org"),
    ],
)
def test_the_search_for_addresses_and_numbers_finds_them(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)


def test_titles_are_typeset_as_french_is(town: Town) -> None:
    titles = [listing.title for listing in town.listings]

    assert [title for title in titles if UNTIDY_PUNCTUATION.search(title)] == []
    assert [title for title in titles if title.endswith(".")] == []


def test_careful_writers_use_typographic_spaces_and_hasty_ones_do_not(town: Town) -> None:
    texts = [listing.text for listing in town.listings]

    assert any(NO_BREAK_SPACE + ":" in text for text in texts)
    assert any(NARROW_SPACE + mark in text for text in _every_text(town) for mark in "?!;")
    assert any("'" in text for text in texts)


def test_the_gazetteer_names_each_place_once(places: tuple[PlaceFeature, ...]) -> None:
    names = Counter((place.properties.name, place.properties.town) for place in places)

    assert len(places) >= 110
    assert [name for name, n in names.items() if n > 1] == []


def test_the_gazetteer_covers_the_town_its_surroundings_and_both_neighbours(
    places: tuple[PlaceFeature, ...],
) -> None:
    towns = Counter(place.properties.town for place in places)
    kinds = Counter(place.properties.kind for place in places)

    assert towns["Mulhouse"] >= 60
    assert towns["Basel"] >= 12
    assert towns["Freiburg im Breisgau"] >= 12
    assert kinds["town"] >= 20
    assert min(kinds.values()) >= 1


def test_places_of_the_gazetteer_do_not_fall_into_each_other(places: tuple[PlaceFeature, ...]) -> None:
    for one, other in combinations(places, 2):
        assert distance_m(one.point, other.point) >= 40, (one.properties.name, other.properties.name)


def test_places_of_one_town_lie_together(places: tuple[PlaceFeature, ...]) -> None:
    for one, other in combinations(places, 2):
        if one.properties.town == other.properties.town:
            apart = distance_m(one.point, other.point)
            assert apart < 7_000, (one.properties.name, other.properties.name)


def test_the_gazetteer_lies_around_mulhouse_and_reaches_basel_and_freiburg(
    places: tuple[PlaceFeature, ...],
) -> None:
    for place in places:
        reach = {"FR": 30_000, "CH": 5_000, "DE": 30_000}[place.properties.country]
        away = distance_m(place.point, HEART_OF[place.properties.country])
        assert away < reach, place.properties.name


def test_every_listing_of_the_town_can_be_found_from_a_named_place(
    town: Town, places: tuple[PlaceFeature, ...]
) -> None:
    for listing in town.listings:
        nearest = min(distance_m(Point(*listing.place), place.point) for place in places)
        assert nearest < 1_000, listing.title
