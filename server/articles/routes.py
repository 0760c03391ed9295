"""Articles over HTTP."""

from realtime.refusals import Invalid
from server.articles.rendering import render
from server.articles.schemas import ArticleDraft, ArticlePreview
from server.http import Call, Routes

routes = Routes("articles")


@routes.post(
    "/api/articles/preview", body=ArticleDraft, answer=ArticlePreview, access="member", limit="60/minute"
)
async def preview(call: Call[ArticleDraft]) -> ArticlePreview:
    """Return a text of Markdown as it will be shown. Nothing is kept."""
    # Not by way of what is kept for readers: what somebody is typing would push out what they read.
    made = render(call.body.text)
    if made is None:
        raise Invalid("article_too_intricate", field="text")
    return ArticlePreview(html=made)
