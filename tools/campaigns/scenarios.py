"""What the terminal is doing when the power fails: the scenarios of the power-cut campaign, and the cut points."""

import dataclasses

AMOUNT = "1250"  # keys of the scenario's payment
NEXT_AMOUNT = "93"  # … of the sale that has to work afterwards

# How the power fails at a flash write: Point.how and part.  A network step is a moment, it has one way.
BEFORE, TORN, AFTER = 1, 2, 3
_WRITE_WAYS = ((BEFORE, 0.0), (TORN, 0.1), (TORN, 0.5), (TORN, 0.9), (AFTER, 0.0))
_NET_WAYS = ((AFTER, 0.0),)
_HOW = {BEFORE: "before", TORN: "torn", AFTER: "after"}

SALE = ""
# What is paid, by the row of the menu (tools/words/sentences.txt), and the keys that lead there.
ROWS = {
    "VOID": "2",
    "BALANCE": "31",
    "REFUND": "32",
    "PREAUTH": "33",
    "COMPLETION": "34",
    "PREAUTH_VOID": "35",
    "COMPLETION_VOID": "36",
}
# What was done before every scenario, so that each has what it is about.
KEPT = (SALE, SALE, "PREAUTH", "COMPLETION", "PREAUTH")


@dataclasses.dataclass(frozen=True)
class Scenario:
    """`ends` is the title of its last screen; `row` of ROWS, or SALE; `pin` is typed when asked for.

    `fault` is a line for the host, in force from the scenario's start until the power fails.
    `from_power_on`: the scenario is the start itself, with a reversal pending on flash.
    """

    name: str
    ends: str
    card: str = "visa-credit"
    pin: str = ""
    fault: str = ""
    from_power_on: bool = False
    row: str = SALE


SCENARIOS = {
    each.name: each
    for each in (
        Scenario("approved", "APPROVED"),
        Scenario("declined", "DECLINED", fault="decline 51 next sale"),
        Scenario("timed-out", "REVERSED", "visa-pin", "2468", "drop-answer next sale"),
        Scenario("reversal", "REVERSED", from_power_on=True),
        Scenario("void", "VOIDED", row="VOID"),
        Scenario("void-timed-out", "REVERSED", fault="drop-answer next void", row="VOID"),
        Scenario("balance", "BALANCE_IS", "visa-pin", "2468", row="BALANCE"),
        Scenario("refund", "REFUNDED", row="REFUND"),
        Scenario("refund-timed-out", "REFUNDED", fault="drop-answer next refund", row="REFUND"),
        Scenario("refund-lost", "NOT_REFUNDED", fault="drop-request next refund", row="REFUND"),
        Scenario("preauth", "HELD", row="PREAUTH"),
        Scenario("preauth-timed-out", "REVERSED", fault="drop-answer next preauth", row="PREAUTH"),
        Scenario("completion", "COMPLETED", row="COMPLETION"),
        Scenario("completion-timed-out", "REVERSED", fault="drop-answer next completion", row="COMPLETION"),
        Scenario("preauth-void", "VOIDED", row="PREAUTH_VOID"),
        Scenario("completion-void", "VOIDED", row="COMPLETION_VOID"),
    )
}


@dataclasses.dataclass(frozen=True)
class Point:
    """The `n`-th step of `kind` ("write", "net") counted from the scenario's start; `part` of a torn write's bytes.

    `base` names the flash image that the terminal begins with.  `again`, another Point, is a second cut in the start
    that follows; there steps count from power-on.
    """

    scenario: str
    kind: str
    n: int
    how: int
    part: float
    base: str = "young"
    again: "Point | None" = None

    def cut(self) -> str:
        """As the bench takes it from the first instant of a life."""
        return f"{self.kind}:{self.n}:{self.how}:{self.part}"

    def __str__(self) -> str:
        way = "" if self.kind == "net" else " " + _HOW[self.how]
        if self.how == TORN:
            way += f" {round(self.part * 100)} %"
        text = f"{self.kind} {self.n}{way}"
        return f"{text}, then {self.again}" if self.again else text


def points_of(scenario: str, base: str, steps: dict) -> list:
    """Every cut point of a scenario whose baseline took `steps` (kind -> number)."""
    found = []
    for kind, ways in (("write", _WRITE_WAYS), ("net", _NET_WAYS)):
        for n in range(1, steps[kind] + 1):
            found += [Point(scenario, kind, n, how, part, base) for how, part in ways]
    return found


def again_points(point: Point, steps: dict) -> list:
    """`point` with a second cut at every step of the start that follows, which took `steps` from power-on."""
    return [dataclasses.replace(point, again=second) for second in points_of(point.scenario, point.base, steps)]
