"""Helps to put posts, and what hangs on them, where apps read them."""

import contextlib
from collections import UserList
from collections.abc import Generator, Sequence
from typing import Any

from tests.integration.api.conftest import House, Member


async def read(member: Member, status_id: int | str) -> dict[str, Any]:
    """A post as a member sees it."""
    answer = await member.get(f"/api/v1/statuses/{status_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def change(house: House, sql: str, *args: object) -> None:
    """One statement; every post counts as changed after it."""
    async with house.runtime.unit() as unit:
        await unit.execute(sql, *args)
        await unit.execute("UPDATE statuses SET revision = revision + 1")


async def insert_post(house: House, author: Member, text: str = "text", **columns: Any) -> int:
    """A public post; its id."""
    async with house.runtime.unit() as unit:
        status_id = await unit.new_id()
        values: dict[str, Any] = {
            "id": status_id,
            "uri": f"https://a.test/posts/{status_id}",
            "account_id": author.account.id,
            "local": True,
            "visibility": 0,
            "content": f"<p>{text}</p>",
            "text": text,
            "created_at": unit.now(),
            **columns,
        }
        places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
        await unit.execute(
            f"INSERT INTO statuses ({', '.join(values)}) VALUES ({places})", *values.values()
        )
        await unit.execute(
            "INSERT INTO home_entries (account_id, status_id) VALUES ($1, $2)"
            " ON CONFLICT DO NOTHING",
            author.account.id,
            status_id,
        )
    return status_id


async def set_attachments(house: House, status_id: str, items: Sequence[dict[str, Any]]) -> None:
    """Hang files on a post."""
    sql = "UPDATE statuses SET attachments = $2 WHERE id = $1"
    await change(house, sql, int(status_id), list(items))


async def add_card(
    house: House, status_id: str, *, state: int = 1, author_account_id: int | None = None
) -> None:
    """Give a post a preview of its link."""
    async with house.runtime.unit() as unit:
        card_id = await unit.new_id()
    await change(
        house,
        "INSERT INTO preview_cards (id, url, state, title, image_url, author_account_id,"
        " author_name, created_at) VALUES ($1, $2, $3, 'News', 'https://news.test/1.png', $4,"
        " 'Bob', now())",
        card_id,
        f"https://news.test/{card_id}",
        state,
        author_account_id,
    )
    await change(house, "UPDATE statuses SET card_id = $2 WHERE id = $1", int(status_id), card_id)


async def add_poll(
    house: House,
    status_id: int | str,
    author: Member,
    *,
    votes: Sequence[tuple[Member, int]] = (),
    hide_totals: bool = False,
    options: Sequence[str] = ("a", "b"),
) -> int:
    """Make a post a poll; its id."""
    tallies = [sum(choice == n for _, choice in votes) for n in range(len(options))]
    async with house.runtime.unit() as unit:
        poll_id, *vote_ids = await unit.new_ids(1 + len(votes))
        await unit.execute(
            "INSERT INTO polls (id, status_id, account_id, options, tallies, votes_count,"
            " voters_count, hide_totals, created_at) VALUES ($1, $2, $3, $4, $5, $6, $6, $7,"
            " now())",
            poll_id,
            int(status_id),
            author.account.id,
            list(options),
            tallies,
            len(votes),
            hide_totals,
        )
        for vote_id, (voter, choice) in zip(vote_ids, votes, strict=True):
            await unit.execute(
                "INSERT INTO poll_votes (id, poll_id, account_id, choice, created_at)"
                " VALUES ($1, $2, $3, $4, now())",
                vote_id,
                poll_id,
                voter.account.id,
                choice,
            )
    await change(house, "UPDATE statuses SET poll_id = $2 WHERE id = $1", int(status_id), poll_id)
    return poll_id


async def add_quote(
    house: House,
    author: Member,
    quoted: int | None,
    *,
    state: int = 1,
    text: str = "see there",
    **columns: Any,
) -> int:
    """A post that quotes another one; its id."""
    status_id = await insert_post(house, author, text, **columns)
    async with house.runtime.unit() as unit:
        quote_id = await unit.new_id()
        await unit.execute(
            "INSERT INTO quotes (id, status_id, account_id, quoted_status_id, quoted_account_id,"
            " state, created_at) VALUES ($1, $2, $3, $4::bigint,"
            " (SELECT account_id FROM statuses WHERE id = $4::bigint), $5, now())",
            quote_id,
            status_id,
            author.account.id,
            quoted,
            state,
        )
    await change(house, "UPDATE statuses SET quote_id = $2 WHERE id = $1", status_id, quote_id)
    return status_id


class Counted(UserList[str]):
    """The statements that were sent."""

    @property
    def text(self) -> str:
        """All of them."""
        return "\n".join(self)


@contextlib.contextmanager
def statements(house: House) -> Generator[Counted, None, None]:
    """Lists the statements that are sent to read something; who calls is known already."""
    db, counted = house.runtime.db, Counted()
    fetch = db.fetch

    async def counting(sql: str, *args: object) -> Any:
        if "FROM access_tokens" not in sql:
            counted.append(sql)
        return await fetch(sql, *args)

    db.fetch = counting
    try:
        yield counted
    finally:
        db.fetch = fetch
