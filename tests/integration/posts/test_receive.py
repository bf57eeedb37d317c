"""Posts from the network: what is stored, for whom, and what is refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fedi.core.accounts.queries import find_by_ids
from fedi.core.domains.service import Rule, block
from fedi.core.statuses import queries, receive
from fedi.core.statuses.types import ReceivedDelete
from fedi.kit.errors import NotFound
from fedi.kit.ids import id_time
from fedi.kit.result import Done, Ignored, Refused
from tests.checks import check_counters
from tests.integration.posts.world import World


async def test_one_note_is_one_post(world: World) -> None:
    far = await world.stranger("far")
    item = world.note(far)
    assert await world.receive(item, item, item) == [Done(), *[Ignored("already here")] * 2]
    assert await world.receive(item) == [Ignored("already here")]
    await check_counters(world.runtime.read())


async def test_only_the_author_deletes(world: World) -> None:
    far, other = await world.stranger("far"), await world.stranger("other")
    item = world.note(far)
    await world.receive(item)
    async with world.runtime.unit() as unit:
        outcomes = await receive.receive_deletes(
            unit,
            [
                ReceivedDelete(item.note.id, other.uri),
                ReceivedDelete(item.note.id, "https://m.test/users/far"),
            ],
        )
    assert [type(outcome) for outcome in outcomes] == [Refused, Refused]
    assert await world.status_id(item.note.id)
    # A stranger's Delete of what never came does not forbid it either.
    later = world.note(far)
    async with world.runtime.unit() as unit:
        await receive.receive_deletes(unit, [ReceivedDelete(later.note.id, other.uri)])
    assert await world.receive(later) == [Done()]


async def test_only_the_author_updates(world: World) -> None:
    far, other = await world.stranger("far"), await world.stranger("other")
    item = world.note(far)
    await world.receive(item)
    forged = world.note(other, id=item.note.id, updated=datetime.now(UTC).isoformat())
    async with world.runtime.unit() as unit:
        outcomes = await receive.receive_updates(unit, [forged])
    assert isinstance(outcomes[0], Refused)


@pytest.mark.parametrize(
    ("published", "is_now"),
    [
        (datetime.now(UTC) + timedelta(days=400), True),
        (datetime.now(UTC) + timedelta(minutes=5), False),
        (datetime(1970, 1, 1, tzinfo=UTC), True),
        (datetime(2019, 5, 5, tzinfo=UTC), False),
        (None, True),
    ],
)
async def test_moments_are_believed_within_reason(
    world: World, published: datetime | None, is_now: bool
) -> None:
    far = await world.stranger("far")
    item = world.note(far, published=published.isoformat() if published else None)
    await world.receive(item)
    status_id = await world.status_id(item.note.id)
    assert status_id
    moment = datetime.now(UTC) if is_now or published is None else published
    assert abs(id_time(status_id) - moment) < timedelta(seconds=30)


async def test_a_name_in_the_text_is_no_permission(world: World) -> None:
    anna, bert, far = (
        await world.member("anna"),
        await world.member("bert"),
        await world.stranger("far"),
    )
    item = world.note(
        far,
        to=[anna.uri],
        cc=None,
        tag=[{"type": "Mention", "href": bert.uri, "name": "@bert"}],
    )
    await world.receive(item)
    await world.settle()
    read = world.runtime.read()
    status_id = await world.status_id(item.note.id)
    assert status_id
    assert await queries.heads(read, anna.id, [status_id])
    with pytest.raises(NotFound):
        await queries.get_visible(read, bert.id, status_id)
    # Addressed without being named: readable, and nobody's bell rings.
    assert await read.value("SELECT count(*) FROM notifications") == 0


async def test_a_personal_copy_lets_its_owner_read(world: World) -> None:
    anna, bert, far = (
        await world.member("anna"),
        await world.member("bert"),
        await world.stranger("far"),
    )
    document = {"to": ["https://far.test/groups/1"], "cc": None, "id": f"{far.uri}/x"}
    for who in (anna, bert):
        await world.receive(world.note(far, recipient_ids=(who.id,), **document))
    status_id = await world.status_id(f"{far.uri}/x")
    assert status_id
    for who in (anna, bert):
        assert await queries.get_visible(world.runtime.read(), who.id, status_id)


async def test_threads_of_any_shape(world: World) -> None:
    far = await world.stranger("far")
    base = f"{far.uri}/t"
    # A circle, one that answers itself, and a long chain that arrives from its end.
    await world.receive(
        world.note(far, id=f"{base}/a", inReplyTo=f"{base}/b"),
        world.note(far, id=f"{base}/b", inReplyTo=f"{base}/a"),
        world.note(far, id=f"{base}/self", inReplyTo=f"{base}/self"),
    )
    chain = [
        world.note(far, id=f"{base}/{n}", inReplyTo=f"{base}/{n - 1}" if n else None)
        for n in range(3000)
    ]
    await world.receive(*reversed(chain[1500:]))
    await world.receive(*chain[:1500])
    read = world.runtime.read()
    for name, above, below in (("a", 1, 1), ("self", 0, 0), ("1000", 1000, 1999)):
        status_id = await world.status_id(f"{base}/{name}")
        viewer = await world.member(f"v{name}")
        assert status_id
        up, down = await queries.context(read, viewer.id, status_id)
        assert (len(up), len(down)) == (above, below)
    await check_counters(read)


async def test_hostile_content(world: World) -> None:
    far = await world.stranger("far")
    items = [
        world.note(far, content="<script>alert(1)</script><p onclick=x>hi</p>\0"),
        world.note(far, content="x", id=f"{far.uri}/" + "\u00e4" * 1900),
        world.note(
            far, summary="<b>cw</b>\0", attachment=[{"type": "Image", "url": "javascript:x"}]
        ),
        world.note(
            far, tag=[{"type": "Hashtag", "name": "#" + "x" * 200}, {"type": "Mention", "href": 5}]
        ),
    ]
    outcomes = await world.receive(*items)
    assert [type(outcome) for outcome in outcomes] == [Done, Refused, Done, Done]
    rows = await world.runtime.read().fetch(
        "SELECT content, spoiler_text, attachments, tags FROM statuses ORDER BY id"
    )
    assert [row["content"] for row in rows if "hi" in row["content"]] == ["<p>hi</p>"]
    assert any(row["spoiler_text"] == "cw" for row in rows)
    assert all(row["attachments"] == [] and row["tags"] == [] for row in rows)


async def test_the_rule_for_a_domain_keeps_files_out_and_hides_media(world: World) -> None:
    rule = Rule(severity="noop", reject_media=True)
    picture = {"type": "Image", "url": "https://far.test/p.png", "mediaType": "image/png"}
    far = await world.stranger("far")
    plain, lewd = world.note(far, attachment=[picture]), world.note(far, attachment=[picture])
    await world.receive(plain)
    async with world.runtime.unit() as unit:
        await block(unit, "far.test", rule)
        await block(unit, "far.test", replace(rule, force_sensitive=True))
        account = (await find_by_ids(unit, [far.id]))[far.id]
    await world.receive(replace(lewd, account=account))
    rows = await world.runtime.db.fetch("SELECT sensitive, attachments FROM statuses ORDER BY id")
    assert sorted((row[0], len(row[1])) for row in rows) == [(False, 1), (True, 0)]
