"""The contract itself: the rules, the description, requests and answers as values, and the code that judges answers.

The code here is pure. It sends nothing, and it reads only the rules and the description.
It imports no other room.
"""
