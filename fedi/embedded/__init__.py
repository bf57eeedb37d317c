"""Postgres and Redis in a box, and the supervisor that keeps one machine running.

    home.py        the data directory: who owns it, its secrets, its identity, who runs in it
    binaries.py    where the wheels keep the servers
    privileges.py  Postgres refuses root; here is how it runs all the same
    postgres.py    initdb, start, stop      redis.py    the same for Redis
    services.py    both together, for a server, a command or a test session
    supervisor.py  `fedi up`

May import `kit` and `config`; nothing here may pull in the database or the web libraries, since
the supervisor lives as long as the server and must stay small.
"""
