"""Which pods and which users are checked, what may be done to them, and the way to a pod and back.

This room sends every request: it logs in, paces, waits where a pod throttles, and refuses what the user did not permit.
It imports ``contract`` and no other room.
"""
