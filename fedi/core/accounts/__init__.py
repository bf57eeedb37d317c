"""Accounts: local people and remote actors, their keys, and how remote ones are found.

types       Account, as everybody else sees one
queries     every select
service     create, change and delete local accounts; delete remote ones
receive     store what actor documents say, in bulk
keys        KeyRing: whose key is this, and with which do we sign
people      People: the parts that reach into the network (fetching, resolve)

Only `People` fetches; everything else works on what is stored.
"""
