"""The rules of the house, and what members tell the moderators.

rules       what the admins expect of everybody
reports     members' complaints about accounts
"""
