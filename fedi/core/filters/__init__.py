"""What members do not want to see: filters of words and of single posts.

types       a filter and its keywords
queries     the filters of members
service     what members change about them
"""
