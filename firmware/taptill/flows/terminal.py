"""The ports of one terminal in one place, and the steps that flows report to the screen."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.config import Config
    from ..core.emv.config import EmvConfig
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

    `config` is a core.config.Config, `emv` the core.emv.config.EmvConfig made of it.
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
