"""The contract itself: the rules, the description, requests and answers as values, and what judges an answer.

Everything here is pure: it sends nothing and reads no file but the rules and the description.
It imports no other room.
"""
