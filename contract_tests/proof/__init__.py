"""The suite proves itself: it has to find every defective pod, and it must not accuse a lawful one.

It stands above all other rooms: it may import each of them, the emulated pod included, and no room imports it.
"""
