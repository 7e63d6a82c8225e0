"""Settings, CA certificate and TMK, each in two places: the damage matrix of what provisioning gave, with a real seal."""

import io
import json
import os
import sys
import time

sys.path.append("../../tools")
sys.path.append("../../firmware")

import vfs
from boxed import Chip
from expect import raises

from chips import cut as cuts
from chips.flash import BLOCK, Flash
from taptill.adapters import passwords
from taptill.adapters.files import Folder
from taptill.adapters.given import Given
from taptill.adapters.keystore import KeyStore, device_key
from taptill.adapters.provision import provision
from taptill.adapters.sealed import Seal
from taptill.adapters.store import FlashStore
from taptill.core.des import Des
from taptill.core.errors import KeyError_, StoreError
from taptill.core.journal import pending as pendings
from taptill.core.keycheck import kcv
from taptill.core.profiles import cn_pos

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
    wrapped = Des(_TMK).encrypt(_KEY[:8]) + Des(_TMK).encrypt(_KEY[8:]) + kcv(_KEY)
    return wrapped + wrapped


def _mounted(image=None) -> tuple:
    """(image, cut) of the flash that is mounted: a new one, or what survived on `image`."""
    for _, point in vfs.mount():
        if point == "/given":
            vfs.umount(point)
    cut = cuts.Cut()
    kept = image or io.BytesIO(b"\xff" * (BLOCK * 32))
    chip = Chip(Flash(kept, 32, cut))
    if image is None:
        vfs.VfsLfs2.mkfs(chip)
    vfs.mount(vfs.VfsLfs2(chip), "/given")
    return kept, cut


def _fresh(config=_CONFIG):
    """A provisioned terminal; its NVS."""
    _mounted()
    nvs = _Nvs()
    provision(_DATA[:-1], nvs, config, _TMK.hex(), _CA)
    return nvs


def _opened(nvs):
    """(Given, KeyStore) of the next start; the keys may raise when they are opened."""
    return _opened_in(_DATA[:-1], nvs)


def _opened_in(data, nvs):
    folder, seal = Folder(data), Seal(device_key(nvs))
    given = Given(folder, seal)
    given.open()
    return given, KeyStore(folder, seal, cn_pos, "ecb", given)


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
    _open_sale_in(_DATA[:-1], nvs)


def _open_sale_in(data, nvs) -> None:
    store = FlashStore(Folder(data), Seal(device_key(nvs)))
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
    keys = KeyStore(_Full(_DATA[:-1]), seal, cn_pos, "ecb")
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
    for at in range(1 + time.ticks_us() % 3, writes + 1, 3):  # most of them only begin the folders' other blocks
        for how, part in ((cuts.BEFORE, 0), (cuts.TORN, 0.5)):  # after it is as before the next one
            image, cut = _mounted(io.BytesIO(before))
            cut.arm(cuts.WRITE, at, how, part)
            try:
                start()
            except (StoreError, KeyError_, AssertionError):
                pass  # the power is gone, whatever this start has found
            _mounted(image)
            start()
            provision(_DATA[:-1], nvs, _CONFIG, _TMK.hex(), _CA)  # takes away what a cut behind the last step has left
            for name in moved:
                assert os.stat(_DATA + name)[6] > 0 and name.split("/")[1] not in os.listdir(_DATA), (at, how, name)


def _with_passwords():
    """A terminal with both; its NVS, and the settings as they stand on flash."""
    nvs = _fresh(dict(_CONFIG, wifi_password="pass\u00e9 \u65e0 32", supervisor="1:ab:cd"))
    return nvs, json.loads(_read("config.json"))


def test_passwords_are_sealed_and_the_other_settings_are_not():
    nvs, kept = _with_passwords()
    for name in _FILES:
        data = _read(name)
        assert "pass\u00e9 \u65e0 32".encode() not in data and b"1:ab:cd" not in data, name
    assert [list(kept.pop(name)) for name in ("wifi_password", "supervisor")] == [["sealed"], ["sealed"]]
    assert kept == _CONFIG
    given = _opened(nvs)[0]
    opened = passwords.opened(json.loads(given.file("config.json")), Seal(device_key(nvs)))
    assert opened == dict(_CONFIG, wifi_password="pass\u00e9 \u65e0 32", supervisor="1:ab:cd")


def test_the_same_password_is_never_sealed_twice_in_the_same_way():
    nvs, first = _with_passwords()
    provision(_DATA[:-1], nvs, dict(_CONFIG, wifi_password="pass\u00e9 \u65e0 32", supervisor="1:ab:cd"), _TMK.hex(), _CA)
    second = json.loads(_read("config.json"))
    assert first["wifi_password"] != second["wifi_password"] and first["supervisor"] != second["supervisor"]


def test_a_password_that_cannot_be_opened_is_named():
    nvs, kept = _with_passwords()
    seal = Seal(device_key(nvs))
    swapped = dict(kept, wifi_password=kept["supervisor"])
    text = kept["wifi_password"]["sealed"]
    changed = dict(kept, wifi_password={"sealed": text[:-3] + ("A" if text[-3] != "A" else "B") + text[-2:]})
    for values, key in ((kept, Seal(_KEY)), (swapped, seal), (changed, seal)):
        assert "wifi_password" in str(raises(KeyError_, passwords.opened, values, key))
    for strange in ({}, {"sealed": 7}, {"sealed": ""}, {"sealed": "!"}):
        raises(KeyError_, passwords.opened, dict(kept, wifi_password=strange), seal)
    keyless = passwords.opened(kept, None)
    assert keyless["wifi_password"] == "" and keyless["host"] == "h"
    assert passwords.opened(["no", "settings"], seal) == ["no", "settings"]


def test_passwords_in_the_clear_of_an_earlier_firmware_are_taken():
    nvs = _fresh()
    old = dict(_CONFIG, wifi_password="clear", supervisor="1:ab:cd")
    assert passwords.opened(old, Seal(device_key(nvs))) == old


def test_a_power_cut_while_passwords_are_replaced_leaves_one_that_opens():
    """At every write, whole and torn: the settings are those of before or the new ones, and the password goes with them."""
    image, cut = _mounted()
    nvs = _Nvs()
    old, new = dict(_CONFIG, port=1, wifi_password="old"), dict(_CONFIG, port=2, wifi_password="new")
    provision(_DATA[:-1], nvs, old, _TMK.hex(), _CA)
    before, start = image.getvalue(), cut.counts[cuts.WRITE]
    provision(_DATA[:-1], nvs, new, _TMK.hex(), _CA)
    writes, seen = cut.counts[cuts.WRITE] - start, set()
    assert writes > 4
    for at in range(1, writes + 1):
        for how, part in ((cuts.BEFORE, 0), (cuts.TORN, 0.5)):
            image, cut = _mounted(io.BytesIO(before))
            cut.arm(cuts.WRITE, at, how, part)
            try:
                provision(_DATA[:-1], nvs, new, _TMK.hex(), _CA)
            except StoreError:
                pass  # the power is gone
            _mounted(image)
            found = passwords.opened(json.loads(_opened(nvs)[0].file("config.json")), Seal(device_key(nvs)))
            assert (found["port"], found["wifi_password"]) in ((1, "old"), (2, "new")), (at, how)
            seen.add(found["port"])
    assert seen == {1, 2}
