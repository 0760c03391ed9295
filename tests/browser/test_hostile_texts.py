"""What people write is text, whatever it looks like."""

from playwright.sync_api import Dialog, expect

from tests.browser.conftest import Street

TEXTS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "</script><script>alert(2)</script>",
    "<img src=x onerror=alert(3)>",
    '<img src="//evil.example/pixel.png">',
    "<svg onload=alert(4)>",
    "<svg><script>alert(5)</script></svg>",
    "<iframe src=javascript:alert(6)></iframe>",
    '<iframe srcdoc="<script>alert(7)</script>">',
    "<body onload=alert(8)>",
    "<a href=javascript:alert(9)>clic</a>",
    "javascript:alert(10)",
    "data:text/html,<script>alert(11)</script>",
    "<style>@import '//evil.example/x.css'</style>",
    "<link rel=stylesheet href=//evil.example/y.css>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<base href=//evil.example/>",
    "<form action=//evil.example><input autofocus onfocus=alert(12)>",
    "<video><source onerror=alert(13)></video>",
    "<details open ontoggle=alert(14)>",
    "<math><mtext></style><img src=x onerror=alert(15)>",
    "<object data=//evil.example/o.swf></object>",
    "<embed src=//evil.example/e>",
    '"><img src=x onerror=alert(16)>',
    "'-alert(17)-'",
    "`${alert(18)}`",
    "{@html '<img src=x onerror=alert(19)>'}",
    "{{constructor.constructor('alert(20)')()}}",
    "%3Cscript%3Ealert(21)%3C/script%3E",
    "&lt;script&gt;alert(22)&lt;/script&gt;",
    "<!--<img src=--><img src=x onerror=alert(23)//>",
    "<noscript><p title='</noscript><img src=x onerror=alert(24)>'>",
    "‮txet lasrever a‬",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢LG̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘",
    "ｆｕｌｌ👩‍👩‍👧‍👦width",
]


def test_nothing_that_people_write_runs_or_loads_anything(street: Street) -> None:
    house = street.house
    mallory = house.join("<img src=x onerror=alert(0)>")
    listings = [
        house.publish(mallory, text[:80], street.here.away(north_m=20 * at), text=text, smiles=0)
        for at, text in enumerate(TEXTS)
    ]
    said = [house.say(mallory, listings[0]["thread"], text)["text"] for text in TEXTS]

    visitor = street.comes()
    asked: list[str] = []

    def note(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    visitor.page.on("dialog", note)
    visitor.look(street.here)
    expect(visitor.list.get_by_role("link")).to_have_count(len(TEXTS))
    assert visitor.list.locator(".title").all_text_contents() == [one["title"] for one in listings]
    visitor.page.goto(f"{house.address}/annonces/{listings[0]['id']}")
    expect(visitor.rows).to_have_count(len(TEXTS))
    assert visitor.log.locator("p.text").all_text_contents() == said
    for listing in listings[1:6]:
        visitor.page.goto(f"{house.address}/annonces/{listing['id']}")
        expect(visitor.page.get_by_role("heading", name=listing["title"], level=2)).to_be_visible()

    assert asked == []
    assert [url for url in visitor.requests if not url.startswith((house.address, "data:", "blob:"))] == []
    expect(
        visitor.page.locator("main :is(iframe, object, embed, form form, img, style, script)")
    ).to_have_count(0)


def test_a_link_in_a_message_leads_only_to_the_web_and_tells_nothing_of_us(street: Street) -> None:
    ana = street.house.join("Ana")
    listing = street.house.publish(ana, "Un bon livre", street.here)
    street.house.say(ana, listing["thread"], "Voir https://exemple.fr/livre, ou javascript:alert(1)")
    visitor = street.visitor()
    visitor.open("Un bon livre")

    links = visitor.log.get_by_role("link")

    expect(links).to_have_count(1)
    expect(links).to_have_attribute("href", "https://exemple.fr/livre")
    assert "noreferrer" in (links.get_attribute("rel") or "").split()
