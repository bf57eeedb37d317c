"""What the admins say to everybody.

types       an announcement and the reactions to it
queries     those that are shown now
service     saying something, taking it back, reading and reacting
"""
