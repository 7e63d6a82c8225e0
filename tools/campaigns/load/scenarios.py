"""The scenarios of `till load`, a row each."""

from typing import NamedTuple

# What a terminal can do, by the names of its methods, in parts of a hundred.
EVERYDAY = {"sale": 78, "void": 5, "reversal": 3, "lost": 3, "duplicate": 5, "inquiry": 4, "sign_on": 1, "echo": 1}
SALES = {"sale": 100}
TROUBLE = {"sale": 40, "void": 10, "reversal": 10, "lost": 15, "duplicate": 15, "inquiry": 5, "sign_on": 5}


class Scenario(NamedTuple):
    """`terminals` that do `mix` for `seconds`.

    `rate` acts a second come in all, whether the host is ready for them or not (an open loop); 0: each terminal does the next
    thing as soon as it has done one (a closed loop).  A terminal hangs up and connects anew after `churn` acts, 0: never.
    `idle` connections are held beside it, on which nothing is said.  Where there are `kills`, so many processes of the host are
    killed meanwhile (kill -9), its database is restarted `restarts` times where it is PostgreSQL, and the load ends with the
    last of these blows.
    """

    what: str
    terminals: int
    seconds: float
    mix: "dict[str, int]"
    rate: float = 0.0
    churn: int = 0
    idle: int = 0
    kills: int = 0
    restarts: int = 0


SCENARIOS = {
    "sales": Scenario("nothing but chip sales, each terminal on a line of its own that stays", 100, 20, SALES),
    "day": Scenario("what happens in a shop on a day, in the closed loop", 100, 20, EVERYDAY, churn=20),
    "queue": Scenario("the same, coming at a fixed rate: who waits is counted from when he came", 100, 20, EVERYDAY, 200.0, 20),
    "trouble": Scenario(
        "bad lines: lost and doubled messages, voids, reversals, a new line every second act", 50, 20, TROUBLE, churn=2
    ),
    "crowd": Scenario("ten thousand connections that say nothing, and a shop that sells", 50, 20, EVERYDAY, churn=20, idle=10000),
    "kill": Scenario(
        "the host's processes are killed in the middle of transactions", 20, 0, TROUBLE, churn=20, kills=200, restarts=20
    ),
}
