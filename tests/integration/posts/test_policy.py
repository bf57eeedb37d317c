"""The visibility rule in SQL and in Python are one and the same."""

import contextlib
from dataclasses import dataclass
from itertools import product

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fedi.core.statuses.heads import HEAD_TABLES, PLAIN_TABLES, head_visible, plain_visible
from fedi.core.statuses.policy import Facts, may_reblog, may_see, visible_sql
from fedi.kit.unit import Unit
from tests.integration.posts.world import World

PEOPLE = range(1, 5)
PAIRS = [(a, b) for a, b in product(PEOPLE, PEOPLE) if a != b]

Pairs = set[tuple[int, int]]


@dataclass(frozen=True)
class Scene:
    gone: set[int]
    suspended: set[int]
    blocks: Pairs
    follows: Pairs
    requests: Pairs
    # (author, visibility, mentioned), and (booster, visibility, which post).
    posts: list[tuple[int, int, set[int]]]
    boosts: list[tuple[int, int, int]]
    # Posts that stay here, by number, and people who are elsewhere.
    local_only: set[int]
    remote: set[int]
    # What answers wait, were allowed or turned down (0, 1, 2), and who was asked, by number.
    approvals: dict[int, tuple[int, int]]


def few(size: int) -> st.SearchStrategy[Pairs]:
    return st.sets(st.sampled_from(PAIRS), max_size=size)


nobody_mostly = st.sampled_from([set[int](), set[int](), set[int](), {1}, {2}])
scenes = st.builds(
    Scene,
    gone=nobody_mostly,
    suspended=nobody_mostly,
    blocks=few(3),
    follows=st.sets(st.sampled_from(PAIRS), min_size=3, max_size=8),
    requests=few(3),
    posts=st.lists(
        st.tuples(
            st.sampled_from(PEOPLE),
            st.sampled_from([0, 1, 2, 2, 3, 3]),
            st.sets(st.sampled_from(PEOPLE), max_size=1),
        ),
        min_size=3,
        max_size=6,
    ),
    boosts=st.lists(
        st.tuples(st.sampled_from(PEOPLE), st.integers(0, 2), st.integers(0, 2)),
        max_size=4,
        unique_by=lambda boost: (boost[0], boost[2]),
    ),
    local_only=st.sets(st.integers(0, 5), max_size=3),
    remote=nobody_mostly | st.just({3, 4}),
    approvals=st.dictionaries(
        st.integers(0, 5), st.tuples(st.integers(0, 2), st.sampled_from(PEOPLE)), max_size=3
    ),
)


class Undo(Exception):
    """Leaves a unit without a trace."""


@given(scene=scenes)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_sql_and_python_agree(world: World, scene: Scene) -> None:
    numbers = range(len(scene.posts) + len(scene.boosts))
    viewers = (None, *PEOPLE)
    expected = {(v, n) for v in viewers for n in numbers if may_see(facts(scene, v, n))}
    with contextlib.suppress(Undo):
        async with world.runtime.unit() as unit:
            await build(unit, scene)
            seen = await ask(unit, visible_sql("s", "v.id"), "")
            joined = await ask(unit, head_visible("v.id"), HEAD_TABLES)
            plain = await ask(unit, plain_visible("v.id"), PLAIN_TABLES)
            assert seen == expected
            assert joined == expected
            assert plain == {(v, n) for v, n in expected if n < len(scene.posts)}
            raise_undo()


def raise_undo() -> None:
    raise Undo


async def ask(unit: Unit, rule: str, tables: str) -> set[tuple[int | None, int]]:
    rows = await unit.fetch(
        "SELECT v.id, s.id FROM (SELECT NULL::bigint AS id UNION ALL SELECT id FROM accounts"
        f" WHERE id > 0) v CROSS JOIN statuses s{tables} WHERE {rule}"
    )
    return {(row[0], row[1] - 100) for row in rows}


async def build(unit: Unit, scene: Scene) -> None:
    for person in PEOPLE:
        await unit.execute(
            "INSERT INTO accounts (id, username, uri, domain, deleted_at, suspended_at)"
            " VALUES ($1, $2, $2, $3, $4, $5)",
            person,
            f"p{person}",
            "far.test" if person in scene.remote else None,
            unit.now() if person in scene.gone else None,
            unit.now() if person in scene.suspended else None,
        )
    for number, (who, target) in enumerate(sorted(scene.blocks)):
        await unit.execute(
            "INSERT INTO blocks (id, account_id, target_id) VALUES ($1, $2, $3)",
            number,
            who,
            target,
        )
    for accepted, found in ((True, scene.follows), (False, scene.requests - scene.follows)):
        for who, target in found:
            await unit.execute(
                "INSERT INTO follows (id, account_id, target_id, accepted, local)"
                " VALUES ($1, $2, $3, $4, true)",
                who * 10 + target,
                who,
                target,
                accepted,
            )
    for number, (author, visibility, mentioned) in enumerate(scene.posts):
        await unit.execute(
            "INSERT INTO statuses (id, uri, account_id, local, visibility, local_only, approval,"
            " in_reply_to_account_id) VALUES ($1, $2, $3, true, $4, $5, $6, $7)",
            number + 100,
            f"s{number}",
            author,
            visibility,
            number in scene.local_only,
            *scene.approvals.get(number, (None, None)),
        )
        for who in mentioned:
            await unit.execute(
                "INSERT INTO status_mentions (status_id, account_id) VALUES ($1, $2)",
                number + 100,
                who,
            )
    for number, (booster, visibility, original) in enumerate(scene.boosts, len(scene.posts)):
        await unit.execute(
            "INSERT INTO statuses (id, uri, account_id, local, visibility, reblog_of_id)"
            " VALUES ($1, $2, $3, true, $4, $5)",
            number + 100,
            f"s{number}",
            booster,
            visibility,
            original + 100,
        )


def facts(scene: Scene, viewer: int | None, number: int) -> Facts:
    original = approval = asked = None
    mentioned: set[int] = set()
    if number < len(scene.posts):
        author, visibility, mentioned = scene.posts[number]
        approval, asked = scene.approvals.get(number, (None, None))
    else:
        author, visibility, boosted = scene.boosts[number - len(scene.posts)]
        original = facts(scene, viewer, boosted)
    return Facts(
        visibility=visibility,
        author_gone=author in scene.gone | scene.suspended,
        author_blocks=(author, viewer) in scene.blocks,
        is_author=author == viewer,
        is_follower=(viewer, author) in scene.follows,
        is_mentioned=viewer in mentioned,
        local_only=original is None and number in scene.local_only,
        is_local=viewer is not None and viewer not in scene.remote,
        is_waiting=approval in (0, 2),
        is_asked=viewer is not None and viewer == asked,
        original=original,
    )


def test_only_authors_boost_what_is_not_for_all() -> None:
    assert may_reblog(0, is_author=False)
    assert may_reblog(1, is_author=False)
    assert not may_reblog(2, is_author=False)
    assert may_reblog(2, is_author=True)
    assert not may_reblog(3, is_author=True)
