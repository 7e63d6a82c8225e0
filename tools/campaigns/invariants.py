"""The invariants of a terminal by name: what every campaign and the model of the protocol check, and how they call it."""

DURABLE_FIRST = "durable-first"
PENDING_FIRST = "pending-first"
STRICT_APPROVAL = "strict-approval"
NEVER_FALSE_FAILURE = "never-false-failure"
POWER_CUT = "power-cut"
NO_RESURRECTION = "no-resurrection"
UNIQUE_TRACE = "unique-trace"
NO_SILENT_DROP = "no-silent-drop"
RECONCILED = "reconciled"
NO_SECRETS_AT_REST = "no-secrets-at-rest"
BOUNDED = "bounded"

HOLDS = {
    DURABLE_FIRST: "the intent is on flash before a byte of its request or of its reversal leaves, and there is one at most",
    PENDING_FIRST: "while one is open nothing else that is about money is begun",
    STRICT_APPROVAL: "approved is said only of what is in the journal and on the host's books",
    NEVER_FALSE_FAILURE: "not taken is never said while the money may be taken",
    POWER_CUT: "a start finds one of three: nothing was sent, recorded as it ended, or open",
    NO_RESURRECTION: "an answer that comes after its time revives nothing",
    UNIQUE_TRACE: "a trace number is never used twice in a batch",
    NO_SILENT_DROP: "what is open ends by the host's word or in the manual list, and by nothing else",
    RECONCILED: "what is settled stands alike in journal and ledger, to the cent, and stays so",
    NO_SECRETS_AT_REST: "no card number, PIN or key lies anywhere in the clear",
    BOUNDED: "every wait and every round of tries has an end; once faults stop, everything gets settled",
}
