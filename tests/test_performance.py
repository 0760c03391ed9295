"""The page on performance says what the measurements left."""

from tests.bench.report import PAGE, page


def test_the_page_is_made_of_all_the_figures_there_are() -> None:
    assert PAGE.read_text("utf-8") == page()
