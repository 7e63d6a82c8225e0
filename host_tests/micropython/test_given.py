"""Settings, CA certificate and TMK, each in two places: the damage matrix of what provisioning gave, with a real seal."""

import io
import json
import os
import sys

sys.path.append("../../tools")
sys.path.append("../../firmware")

import vfs
from expect import raises

from chips import cut as cuts
from chips.flash import BLOCK, Flash, PowerCut
from taptill.adapters.files import Folder
from taptill.adapters.given import Given
from taptill.adapters.keystore import KeyStore, device_key
from taptill.adapters.provision import provision
from taptill.adapters.sealed import Seal
from taptill.adapters.store import FlashStore
from taptill.core.des import Des
from taptill.core.errors import KeyError_, StoreError
from taptill.core.journal import pending as pendings
from taptill.core.profiles.cn_pos import keys as key_rules

_DATA = "/given/data/"
_TMK = bytes(range(16))
_KEY = bytes(range(0x20, 0x30))
_CONFIG = {"merchant_name": "Shop", "merchant_id": "123456789012345", "terminal_id": "12345678", "host": "h", "port": 1,
           "tls_name": "h"}  # fmt: skip
_CA = bytes(range(200))
_NEW_CA = bytes(range(7, 207))
_FILES = ("config.json", "copies/config.json.copy", "ca.der", "copies/ca.der.copy", "beside/given", "keys")


class _Nvs:
    """esp32.NVS of one device."""

    def __init__(self):
        self.kept = {}

    def get_blob(self, name, into):
        if name not in self.kept:
            raise OSError(-0x1102)
        into[:] = self.kept[name]
        return len(into)

    def set_blob(self, name, value):
        self.kept[name] = bytes(value)

    def commit(self):
        return None


def _f62() -> bytes:
    """Working keys wrapped under the TMK, as a sign-on brings them: PIK and MAK of 16 bytes, each with its check value."""
    wrapped = Des(_TMK).encrypt(_KEY[:8]) + Des(_TMK).encrypt(_KEY[8:]) + key_rules.kcv(_KEY)
    return wrapped + wrapped


def _mounted(image=None) -> tuple:
    """(image, cut) of the flash that is mounted: a new one, or what survived on `image`."""
    for _, point in vfs.mount():
        if point == "/given":
            vfs.umount(point)
    cut = cuts.Cut()
    kept = image or io.BytesIO(b"\xff" * (BLOCK * 32))
    flash = Flash(kept, 32, cut)
    if image is None:
        vfs.VfsLfs2.mkfs(flash)
    vfs.mount(vfs.VfsLfs2(flash), "/given")
    return kept, cut


def _fresh(config=_CONFIG):
    """A provisioned terminal; its NVS."""
    _mounted()
    nvs = _Nvs()
    provision(_DATA[:-1], nvs, config, _TMK.hex(), _CA)
    return nvs


def _opened(nvs):
    """(Given, KeyStore) of the next start; the keys may raise when they are opened."""
    folder, seal = Folder(_DATA[:-1]), Seal(device_key(nvs))
    given = Given(folder, seal)
    given.open()
    return given, KeyStore(folder, seal, given=given)


def _read(name: str) -> bytes:
    with open(_DATA + name, "rb") as file:
        return file.read()


def _write(name: str, data) -> None:
    if data is None:
        os.remove(_DATA + name)
        return
    with open(_DATA + name, "wb") as file:
        file.write(data)


def _damages(data: bytes, older: bytes):
    yield "missing", None
    yield "empty", b""
    yield "cut short", data[: len(data) // 2]
    yield "older", older
    for at in (0, len(data) // 2, len(data) - 1):
        flipped = bytearray(data)
        flipped[at] ^= 1
        yield "bit of byte %d" % at, bytes(flipped)


def test_f_m7_one_damaged_file_of_what_was_given_changes_nothing():
    """F-M7: the key file; not in the row: the settings (a flipped digit is good JSON), the certificate, older moments."""
    older_nvs = _fresh(dict(_CONFIG, terminal_id="87654321"))
    older = {name: _read(name) for name in _FILES}
    nvs = older_nvs
    provision(_DATA[:-1], nvs, _CONFIG, _TMK.hex(), _NEW_CA)
    _opened_keys(nvs).install(_f62())
    good = {name: _read(name) for name in _FILES}
    for name in _FILES:
        for what, data in _damages(good[name], older[name]):
            _write(name, data)
            given, keys = _opened(nvs)
            assert json.loads(given.file("config.json"))["terminal_id"] == "12345678", (name, what)
            assert json.loads(given.file("config.json"))["port"] == 1, (name, what)
            assert given.file("ca.der") == _NEW_CA, (name, what)
            keys.open()
            assert keys.has_master() and keys.ready() is (name != "keys"), (name, what)
            keys.install(_f62())  # a sign-on mends the rest
            assert keys.ready()
            for again in _FILES:
                _write(again, good[again])


def _opened_keys(nvs) -> KeyStore:
    keys = _opened(nvs)[1]
    keys.open()
    return keys


def _open_sale(nvs) -> None:
    store = FlashStore(Folder(_DATA[:-1]), Seal(device_key(nvs)))
    store.open()
    one = pendings.Pending()
    one.stan, one.batch, one.amount, one.kind = store.next_stan(), 1, 100, 22
    one.pan, one.entry, one.currency = "4761739001010010", "072", "156"
    one.terminal, one.merchant = "12345678", "123456789012345"
    store.save_pending(one)


def test_f_m7_the_same_tmk_may_be_loaded_again_while_a_reversal_is_open():
    """F-M7: one of the two places damaged, or both; not in the row: with one whole, another TMK is refused as before."""
    for broken in (("keys",), ("beside/given",), ("keys", "beside/given")):
        for data in (None, b"", b"x" * 86):
            nvs = _fresh()
            _open_sale(nvs)
            for name in broken:
                _write(name, data)
            if len(broken) == 1:
                raises(KeyError_, provision, _DATA[:-1], nvs, _CONFIG, "11" * 16, _CA)
            else:
                raises(KeyError_, _opened_keys, nvs)
            provision(_DATA[:-1], nvs, _CONFIG, _TMK.hex(), _CA)
            keys = _opened_keys(nvs)
            keys.install(_f62())
            assert keys.ready()
            store = FlashStore(Folder(_DATA[:-1]), Seal(device_key(nvs)))
            store.open()
            assert store.pending().stan == 1 and store.proves_key() and store.open_ends()


class _Full(Folder):
    def write(self, name: str, data) -> None:
        raise StoreError(name + ": flash refused it, error 5")


def test_f_m8_working_keys_that_flash_refuses_are_used_all_the_same():
    """F-M8, further: the host has changed to them, and an open reversal needs them; the next start signs on again."""
    nvs = _fresh()
    seal = Seal(device_key(nvs))
    keys = KeyStore(_Full(_DATA[:-1]), seal)
    keys.open()
    assert not keys.ready()
    keys.install(_f62())
    well = _opened_keys(nvs)
    assert keys.ready() and not well.ready()
    well.install(_f62())
    assert keys.mac(b"12345678") == well.mac(b"12345678")


class _Unreadable(Folder):
    def inner(self, name: str):
        return _Unreadable(self.path + "/" + name)

    def read(self, name: str, limit: int = 4096) -> bytes:
        raise StoreError(name + ": cannot be read, error 5")


def test_f_m7_settings_that_cannot_be_read_are_not_missing():
    """F-M7, further: both places are there and flash gives neither; what nobody ever gave is None."""
    _fresh()
    given = Given(_Unreadable(_DATA[:-1]), None)
    raises(StoreError, given.file, "config.json")
    assert given.file("never-given") is None  # nor is it there


def test_of_an_earlier_firmware_there_is_one_of_each():
    nvs = _fresh()
    for name in ("beside/given", "copies/config.json.copy", "copies/ca.der.copy"):
        _write(name, None)
    given, keys = _opened(nvs)
    keys.open()
    assert keys.has_master() and given.file("ca.der") == _CA and given.file("config.json") == _read("config.json")
    _write("config.json", None)
    assert given.file("config.json") is None


def _as_before() -> list:
    """Put every file where an earlier firmware had it; their names now."""
    moved = []
    for folder in ("beside", "copies"):
        for name in os.listdir(_DATA + folder):
            os.rename(_DATA + folder + "/" + name, _DATA + name)
            moved.append(folder + "/" + name)
        os.rmdir(_DATA + folder)
    return moved


def test_f_m7_a_power_cut_while_files_move_to_their_own_folders_changes_nothing():
    """F-M7: at every write of it, whole and torn; the settings, the keys and the open intent are there at each start."""
    image, cut = _mounted()
    nvs = _Nvs()
    provision(_DATA[:-1], nvs, _CONFIG, _TMK.hex(), _CA)
    _open_sale(nvs)
    moved = _as_before()
    os.remove(_DATA + "config.json")  # the copy has to be found wherever it is
    before = image.getvalue()

    def start() -> None:
        given, keys = _opened(nvs)
        keys.open()
        store = FlashStore(Folder(_DATA[:-1]), Seal(device_key(nvs)))
        store.open()
        assert json.loads(given.file("config.json"))["port"] == 1 and given.file("ca.der") == _CA
        assert given.tmk == _TMK and keys.has_master()
        assert (store.pending().stan, store.pending().trust, store.lost) == (1, pendings.WHOLE, [])
        store.next_stan()  # the first write takes the marks along

    start_at = cut.counts[cuts.WRITE]
    start()
    writes = cut.counts[cuts.WRITE] - start_at
    assert writes > 12 and len(moved) == 4
    places = [(at, how) for at in range(1, writes + 1) for how in (cuts.BEFORE, cuts.TORN)]
    for at, how in places + [(writes, cuts.AFTER)]:  # after a write is before the next one
        image, cut = _mounted(io.BytesIO(before))
        cut.arm(cuts.WRITE, at, how, 0.5)
        try:
            start()
        except (PowerCut, StoreError, KeyError_, AssertionError):
            pass  # the power is gone, whatever this start has found
        _mounted(image)
        start()
        provision(_DATA[:-1], nvs, _CONFIG, _TMK.hex(), _CA)  # takes away what a cut behind the last step has left
        for name in moved:
            assert os.stat(_DATA + name)[6] > 0 and name.split("/")[1] not in os.listdir(_DATA), (at, how, name)
