"""Who follows, blocks and mutes whom.

service     what members do
receive     follows and their answers, as they come from the network
blocks      blocks, as they come from the network
personal    notes about others, and whom one recommends
domains     a member's own blocks of whole domains
queries     relationships and the lists of people
counters    followers and following, changed with their facts

Counters and rows change together: everything here runs inside of the caller's unit.
"""
