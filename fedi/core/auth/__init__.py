"""Who asks: users, passwords, browser sessions, apps, codes and access tokens.

types       Viewer, App, NewToken
service     find_viewer: the question of every request
scopes      what a token may do
apps        registration of apps and their secrets
codes       authorization codes (PKCE)
tokens      issuing and revoking
sessions    signing in and out of the pages
users       the person behind a local account
setup       the one-time link that makes the first owner

Whatever is secret is stored as a hash only.
"""
