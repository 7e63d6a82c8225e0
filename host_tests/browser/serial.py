"""`navigator.serial` for a page: a port that leads to a board of board_repl.py.

The page's calls come to this process through the browser's driver, which hands them on while the test waits for something.
"""

import contextlib

# One port, always the same.  What the board says comes back with what was written to it, and is asked for now and then beside
# that; a board that is unplugged ends both streams.
_SERIAL = """
(() => {
  let times = 0, give = () => undefined, ended = () => undefined;
  const gone = () => new DOMException("The device has been lost.", "NetworkError");
  const listen = async (mine) => {
    while (times === mine) {
      const said = await window.boardRead();
      if (said === null) { if (times === mine) ended(gone()); return; }
      if (said) give(said);    // it may have been closed and opened again meanwhile
      else await new Promise((resolve) => setTimeout(resolve, 15));
    }
  };
  const port = {
    readable: null,
    writable: null,
    getInfo() { return { usbVendorId: 0x10c4, usbProductId: 0xea60 }; },
    async open({ baudRate }) {
      if (!await window.boardOpen(baudRate)) throw new DOMException("Failed to open serial port.", "NetworkError");
      const mine = ++times;
      const close = () => { if (times === mine) { times++; give = ended = () => undefined; } };
      port.readable = new ReadableStream({
        start(controller) {
          give = (said) => controller.enqueue(Uint8Array.from(said.match(/../g), (pair) => parseInt(pair, 16)));
          ended = (error) => { close(); controller.error(error); };
        },
        cancel: close,
      });
      port.writable = new WritableStream({
        async write(data) {
          const sent = Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");
          const said = times === mine ? await window.boardWrite(sent) : null;
          if (said === null) { ended(gone()); throw gone(); }
          if (said) give(said);
        },
      });
      listen(mine);
    },
    async close() { times++; give = ended = () => undefined; port.readable = port.writable = null; },
    async setSignals(signals) { await window.boardSignals(signals); },
    async getSignals() { return {}; },
    async forget() {},
  };
  Object.defineProperty(navigator, "serial", { configurable: true, value: {
    async requestPort() {
      if (await window.boardChosen()) return port;
      throw new DOMException("No port selected by the user.", "NotFoundError");
    },
    async getPorts() { return [port]; },
    addEventListener() {},
  } });
})();
"""
NONE = "Object.defineProperty(navigator, 'serial', { configurable: true, value: undefined });"
_LISTEN_S = 0.002  # most answers come within it


class Serial:
    """What a context of the browser has of `board`.  `cut_after`: writes of the page until the plug is pulled."""

    def __init__(self, context, board):
        self.board, self.chosen, self.taken = board, True, False
        self.cut_after = float("inf")
        self.writes = 0
        self.sent: list = []
        context.expose_function("boardOpen", self._open)
        context.expose_function("boardRead", lambda: self._read())
        context.expose_function("boardWrite", self._write)
        context.expose_function("boardSignals", board.signals)
        context.expose_function("boardChosen", lambda: self.chosen)
        context.add_init_script(_SERIAL)
        self._plugged = True

    def _open(self, baud: int) -> bool:
        self.board.opened(baud)
        return self._plugged and not self.taken

    def _read(self, seconds: float = 0) -> str | None:
        if not self._plugged:
            return None
        with contextlib.suppress(OSError):
            return self.board.read(seconds).hex()
        return None

    def _write(self, sent: str) -> str | None:
        self.writes += 1
        if self.writes > self.cut_after:
            self.unplug()
        if not self._plugged:
            return None
        data = bytes.fromhex(sent)
        self.sent.append(data)
        self.board.write(data)
        return self._read(_LISTEN_S)

    def unplug(self) -> None:
        """Pull the plug, which takes the power too."""
        self._plugged = False
        self.board.cut()

    def plug(self) -> None:
        """In again."""
        self.cut_after = float("inf")
        self.board.start()
        self._plugged = True
