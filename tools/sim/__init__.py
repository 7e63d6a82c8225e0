"""Whole terminals and their host in one process, on virtual time, with every fault there is: the seeded simulation.

A *plan* is what a history is made of, all of it drawn from one seed (`plan`): settings, acts of a person, and the faults that
strike during each.  A *world* plays it (`world`): the firmware itself on stand-ins for what MicroPython and the board give it
(`port`, `aio`, `glass`, `air`, `reader`), the acquirer's own switch (`bank`), and somebody at the counter (`person`).  The
*judge* checks the invariants at every step.
"""
