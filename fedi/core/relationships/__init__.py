"""Who follows, blocks and mutes whom.

service     what members do
receive     follows and their answers, as they come from the network
blocks      blocks, as they come from the network
queries     relationships and the lists of people
counters    followers and following, changed with their facts

Counters and rows change together: everything here runs inside of the caller's unit.
"""
