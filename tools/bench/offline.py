"""Work on the flash image of a terminal that is switched off, with the firmware's own code.

    micropython offline.py provision --firmware FOLDER --lib FOLDER --state FOLDER < JSON
    micropython offline.py journal   --firmware FOLDER --lib FOLDER --state FOLDER
    micropython offline.py code      --firmware FOLDER --lib FOLDER --state FILE

`provision` takes {"config": {…}, "tmk": hex, "ca": base64 of the DER or ""}; `journal` prints one JSON object a record
and, last, {"pending": {…} or null, "lost": [what a start would name]}; `code` writes the firmware as a LittleFS image.
Anything wrong is one line on stderr and exit code 2.
"""

import json
import sys

DATA = "/data"
NAMESPACE = "taptill"
_firmware = ""


class _Desk:
    """The world of a board without its chips: what esp32.NVS asks for."""

    def __init__(self, folder: str):
        self.state_dir = folder
        self.cut = None

    def power_cut(self) -> None:
        raise OSError(5)


class _ReadOnly:
    """A block device that refuses to be changed."""

    def __init__(self, flash):
        self._flash = flash
        self.readblocks = flash.readblocks

    def writeblocks(self, block, buffer, offset=0) -> None:
        raise OSError(30)  # EROFS

    def ioctl(self, operation, argument):
        if operation == 6:
            raise OSError(30)
        return self._flash.ioctl(operation, argument)


def _provision(folder: str) -> None:
    import binascii

    import esp32
    import storage

    from taptill.adapters.provision import provision

    order = json.loads(sys.stdin.read())
    storage.mount(storage.open_flash(folder), DATA)
    ca = binascii.a2b_base64(order["ca"]) if order.get("ca") else b""
    provision(DATA, esp32.NVS(NAMESPACE), order["config"], order["tmk"], ca)


def _journal(folder: str) -> None:
    import esp32
    import storage
    import vfs
    from states import shown_intent, shown_record

    from taptill.adapters.files import Folder
    from taptill.adapters.keystore import device_key
    from taptill.adapters.sealed import Seal
    from taptill.adapters.store import FlashStore
    from taptill.core import transactions

    vfs.mount(vfs.VfsLfs2(_ReadOnly(storage.open_flash(folder))), DATA)
    key = device_key(esp32.NVS(NAMESPACE))
    if key is None:
        raise ValueError("the terminal has no device key: it was never provisioned")
    store = FlashStore(Folder(DATA), Seal(key))
    store.open()
    for record in store.records():
        print(json.dumps(shown_record(record, transactions.of(record.kind).name if record.kind else "")))
    pending = store.pending()
    shown = shown_intent(pending) if pending else None
    print(json.dumps({"pending": shown, "lost": store.notes + store.lost}))


def _code(path: str) -> None:
    import codeflash

    codeflash.make_lfs(_firmware, path)


def main(arguments) -> int:
    options = {}
    for at in range(1, len(arguments), 2):
        options[arguments[at][2:]] = arguments[at + 1]
    global _firmware
    _firmware = options["firmware"]
    for name in ("lib", "firmware"):
        sys.path.insert(1, options[name])
    import machine

    machine.attach(_Desk(options["state"]))
    try:
        {"provision": _provision, "journal": _journal, "code": _code}[arguments[0]](options["state"])
    except Exception as error:
        sys.stderr.write((str(error) or repr(error)) + "\n")
        return 2
    return 0


sys.exit(main(sys.argv[1:]))
