"""What comes in and goes out about articles."""

from typing import Annotated

from pydantic import Field

from realtime.words import Paragraphs, Shape


class ArticleDraft(Shape):
    """A text of Markdown as far as it is written."""

    text: Annotated[Paragraphs, Field(max_length=20_000)]


class ArticlePreview(Shape):
    """A text as it will be shown, in HTML."""

    html: str
