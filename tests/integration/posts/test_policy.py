"""The visibility rule in SQL and in Python are one and the same."""

from itertools import product

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fedi.core.statuses.heads import HEAD_TABLES, head_visible
from fedi.core.statuses.policy import Facts, may_reblog, may_see, visible_sql
from fedi.kit.unit import Unit
from tests.integration.posts.world import World

PEOPLE = range(1, 5)
PAIRS = [(a, b) for a, b in product(PEOPLE, PEOPLE) if a != b]

pairs = st.sets(st.sampled_from(PAIRS), max_size=6)
posts = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.integers(0, 3), st.sets(st.sampled_from(PEOPLE))),
    min_size=1,
    max_size=5,
)
boosts = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.integers(0, 2), st.integers(0, 4)),
    max_size=4,
    unique_by=lambda boost: (boost[0], boost[2]),
)


class Rollback(Exception):  # noqa: N818 - no error
    pass


@given(
    gone=st.sets(st.sampled_from(PEOPLE), max_size=1),
    suspended=st.sets(st.sampled_from(PEOPLE), max_size=1),
    blocks=pairs,
    follows=pairs,
    requests=pairs,
    posts=posts,
    boosts=boosts,
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_sql_and_python_agree(
    world: World, gone, suspended, blocks, follows, requests, posts, boosts
) -> None:
    try:
        async with world.runtime.unit() as unit:
            boosts = [boost for boost in boosts if boost[2] < len(posts)]
            await build(unit, gone, suspended, blocks, follows, requests - follows, posts, boosts)
            seen = await ask(unit, visible_sql("s", "v.id"), "")
            assert seen == await ask(unit, head_visible("v.id"), HEAD_TABLES)
            expected = {
                (viewer, number)
                for viewer in (None, *PEOPLE)
                for number in range(len(posts) + len(boosts))
                if may_see(
                    facts(viewer, number, gone | suspended, blocks, follows, posts, boosts)
                )
            }
            assert seen == expected
            raise Rollback
    except Rollback:
        pass


async def ask(unit: Unit, rule: str, tables: str) -> set[tuple[int | None, int]]:
    rows = await unit.fetch(
        "SELECT v.id, s.id FROM (SELECT NULL::bigint AS id UNION ALL SELECT id FROM accounts"
        f" WHERE id > 0) v CROSS JOIN statuses s{tables} WHERE {rule}"
    )
    return {(row[0], row[1] - 100) for row in rows}


async def build(unit: Unit, gone, suspended, blocks, follows, requests, posts, boosts) -> None:
    for person in PEOPLE:
        await unit.execute(
            "INSERT INTO accounts (id, username, uri, deleted_at, suspended_at)"
            " VALUES ($1, $2, $2, $3, $4)",
            person,
            f"p{person}",
            unit.now() if person in gone else None,
            unit.now() if person in suspended else None,
        )
    for number, (who, target) in enumerate(sorted(blocks)):
        await unit.execute(
            "INSERT INTO blocks (id, account_id, target_id) VALUES ($1, $2, $3)",
            number,
            who,
            target,
        )
    for accepted, found in ((True, follows), (False, requests)):
        for who, target in found:
            await unit.execute(
                "INSERT INTO follows (id, account_id, target_id, accepted, local)"
                " VALUES ($1, $2, $3, $4, true)",
                who * 10 + target,
                who,
                target,
                accepted,
            )
    for number, (author, visibility, mentioned) in enumerate(posts):
        await unit.execute(
            "INSERT INTO statuses (id, uri, account_id, local, visibility)"
            " VALUES ($1, $2, $3, true, $4)",
            number + 100,
            f"s{number}",
            author,
            visibility,
        )
        for who in mentioned:
            await unit.execute(
                "INSERT INTO status_mentions (status_id, account_id) VALUES ($1, $2)",
                number + 100,
                who,
            )
    for number, (booster, visibility, original) in enumerate(boosts, len(posts)):
        await unit.execute(
            "INSERT INTO statuses (id, uri, account_id, local, visibility, reblog_of_id)"
            " VALUES ($1, $2, $3, true, $4, $5)",
            number + 100,
            f"s{number}",
            booster,
            visibility,
            original + 100,
        )


def facts(viewer, number, gone, blocks, follows, posts, boosts) -> Facts:
    original = None
    if number < len(posts):
        author, visibility, mentioned = posts[number]
    else:
        author, visibility, boosted = boosts[number - len(posts)]
        mentioned = set()
        original = facts(viewer, boosted, gone, blocks, follows, posts, boosts)
    return Facts(
        visibility=visibility,
        author_gone=author in gone,
        author_blocks=(author, viewer) in blocks,
        is_author=author == viewer,
        is_follower=(viewer, author) in follows,
        is_mentioned=viewer in mentioned,
        original=original,
    )


def test_only_authors_boost_what_is_not_for_all() -> None:
    assert may_reblog(0, is_author=False)
    assert may_reblog(1, is_author=False)
    assert not may_reblog(2, is_author=False)
    assert may_reblog(2, is_author=True)
    assert not may_reblog(3, is_author=True)
