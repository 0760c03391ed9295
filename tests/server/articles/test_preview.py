"""What an author is shown of their article while they write."""

from tests.server.house import House, problem

PREVIEW = "/api/articles/preview"


async def test_a_member_sees_their_article_as_readers_will(small_house: House) -> None:
    client = await small_house.join("Ana")

    answer = await client.post(PREVIEW, json={"text": "# Titre\n\n<b>**gras**</b>"})

    assert answer.status_code == 200
    assert answer.json() == {
        "html": '<h3 dir="auto">Titre</h3>\n<p dir="auto">&lt;b&gt;<strong>gras</strong>&lt;/b&gt;</p>\n'
    }
    assert (await client.post(PREVIEW, json={"text": ""})).json() == {"html": ""}


async def test_what_cannot_be_published_is_said_while_it_is_written(small_house: House) -> None:
    client = await small_house.join("Ana")

    intricate = await client.post(PREVIEW, json={"text": "*a*" * 6000})
    long = await client.post(PREVIEW, json={"text": "a" * 20_001})

    assert problem(intricate) == (422, "article_too_intricate")
    assert intricate.json()["field"] == "text"
    assert problem(long) == (422, "invalid_fields")


async def test_only_members_have_articles_rendered(small_house: House) -> None:
    stranger = await small_house.visitor()

    assert problem(await stranger.post(PREVIEW, json={"text": "a"})) == (401, "sign_in_first")
