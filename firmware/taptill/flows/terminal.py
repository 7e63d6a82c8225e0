"""The ports of one terminal in one place, and the steps that flows report to the screen."""

from ..core import owner, profiles
from .health import Health

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.config import Config
    from ..core.emv.config import EmvConfig
    from ..core.journal.pending import Pending
    from ..core.kinds import Buffer
    from ..ports import Clock, Entropy, Host, Keys, Reader, Screen, Store


# Steps for ports.Screen.progress.
PRESENT = 1
READING = 2
REMOVE_CARD = 3
CONNECTING = 4
WAITING = 5
REVERSING = 6  # detail: the number of the try, 0 while there is no link to try it on
SIGNING_ON = 7
ASKING = 8  # a status inquiry or an echo


class Terminal:
    """Constructor injection: flows reach the world through these and nothing else.

    `config` is a core.config.Config, `emv` the core.emv.config.EmvConfig made of it, `ca` the CA certificate (DER) of the host.
    `profile` (core.profiles.Profile): how its messages look.  `owner` (core.owner.Owner): whose the payments are that are sent
    with these.  `health`: which parts work, as last asked.
    """

    def __init__(
        self,
        config: "Config",
        emv: "EmvConfig",
        host: "Host",
        reader: "Reader",
        store: "Store",
        keys: "Keys",
        clock: "Clock",
        screen: "Screen",
        entropy: "Entropy",
        ca: "Buffer | None" = None,
        health: "Health | None" = None,
    ):
        self.config = config
        self.emv = emv
        self.host = host
        self.reader = reader
        self.store = store
        self.keys = keys
        self.clock = clock
        self.screen = screen
        self.entropy = entropy
        self.profile = profiles.load(config.profile)
        self.owner = owner.of(config, ca)
        self.health = health or Health()

    def owns(self, pending: "Pending") -> bool:
        """Was it sent to the host that these settings lead to?  What an earlier firmware left says nothing, and is taken."""
        return not pending.owner or pending.owner == self.owner.mark
