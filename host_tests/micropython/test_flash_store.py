"""The store on a real LittleFS: cut at every program and erase, whole and torn, and mounted again."""

import io
import os
import sys
import time

sys.path.append("../../tools")
sys.path.append("../../firmware")

from boxed import BLOCKS, Box
from expect import raises

from chips import cut as cuts
from chips.flash import BLOCK
from taptill.adapters.files import Folder
from taptill.adapters.keystore import device_key
from taptill.adapters.provision import provision
from taptill.adapters.sealed import Seal
from taptill.adapters.store import FlashStore
from taptill.core.errors import ConfigError, KeyError_, PendingDamaged, StoreError
from taptill.core.journal import pending as pendings
from taptill.core.journal import record as records

_KEY = b"0123456789abcdef"


class _Box(Box):
    """With what is tried here; `again` mounts what survived."""

    def __init__(self, image=None):
        super().__init__(image)
        self.store = FlashStore(Folder("/box/data"), Seal(_KEY))
        self.store.open()

    def again(self):
        return _Box(self.image)


def _intent(stan: int):
    one = pendings.Pending()
    one.stan, one.batch, one.amount, one.kind = stan, 1, 100 + stan, 22
    one.pan, one.entry, one.currency = "4761739001010010", "072", "156"
    one.tvr, one.atc, one.iad = bytes(5), b"\x00\x01", bytes(32)
    one.terminal, one.merchant = "12345678", "123456789012345"
    return one


def _sale(store, done: list) -> None:
    """One sale's writes; `done` gets a word as each is durable."""
    stan = store.next_stan()
    done.append(("stan", stan))
    store.save_pending(_intent(stan))
    done.append(("pending", stan))
    record = records.Record(22, records.APPROVED, 1, stan, 100 + stan)
    record.approved = 100 + stan
    store.append(record)
    done.append(("journal", stan))


def _filled(sales: int):
    box = _Box()
    for _ in range(sales):
        _sale(box.store, [])
    return box


def _check(box, before: int, done: list, started: list) -> None:
    """What is found after the cut is what was reported durable, or one step more."""
    store = box.again().store
    count = sum(1 for _ in store.records())
    journaled = sum(1 for what in done if what[0] == "journal")
    assert count in (before + journaled, before + journaled + 1), (count, before, done)
    pending = store.pending()
    last = done[-1][0] if done else ""
    if last == "pending":
        assert (pending is None) == (count == before + journaled + 1)
        if pending:
            assert pending.stan == done[-1][1] and pending.pan == "4761739001010010"
    elif last in ("", "journal"):
        assert pending is None and count == before + journaled
    used = [what[1] for what in done if what[0] == "stan"]
    assert store.next_stan() not in used


def test_f_m6_the_remains_of_a_damaged_intent_are_read_without_being_believed():
    """F-M6: one bit of the seal's tag, or of the last block, is wrong."""
    for at in (-1, -12):
        box = _filled(1)
        box.store.save_pending(_intent(box.store.next_stan()))
        with open("/box/data/pending", "rb") as file:
            sealed = bytearray(file.read())
        sealed[at] ^= 4
        os.remove("/box/data/beside/marks")
        with open("/box/data/pending", "wb") as file:
            file.write(sealed)
        store = box.again().store
        try:
            store.pending()
            raise AssertionError("a damaged intent was believed")
        except PendingDamaged:
            remains = store.remains()
        assert (remains.stan, remains.amount, remains.pan) == (2, 102, "4761739001010010")


def _campaign(sales_before: int, step: int) -> int:
    box = _filled(sales_before)
    image = box.image.getvalue()
    start = box.cut.counts[cuts.WRITE]
    _sale(box.store, [])
    _sale(box.store, [])
    writes = box.cut.counts[cuts.WRITE] - start
    points = 0
    for at in range(1, writes + 1, step):
        for how, part in ((cuts.BEFORE, 0), (cuts.TORN, 0.25), (cuts.TORN, 0.7), (cuts.AFTER, 0)):
            cut = _Box(io.BytesIO(image))
            done = []
            cut.cut.arm(cuts.WRITE, at, how, part)
            try:
                _sale(cut.store, done)
                _sale(cut.store, done)
            except StoreError:
                points += 1
            _check(cut, sales_before, done, [])
    return points


def test_cut_at_every_write_of_a_fresh_store():
    assert _campaign(0, 1) > 30


def test_cut_at_every_write_of_a_used_store():
    # Metadata compaction and a journal that crosses a flash block come into it here.
    assert _campaign(23, 1) > 100
    assert _campaign(49, 1) > 100


def test_journal_goes_on_in_a_new_file():
    box = _filled(256)
    assert sorted(name for name in os.listdir("/box/data") if name[0] == "j") == ["journal.000"]
    _sale(box.store, [])
    store = box.again().store
    assert [record.stan for record in store.records() if not record.place] == list(range(1, 258))
    assert sorted(name for name in os.listdir("/box/data") if name[0] == "j") == ["journal.000", "journal.001"]
    assert store.last().stan == 257


def test_another_device_key_is_noticed():
    box = _filled(1)
    box.store.save_pending(_intent(99))
    other = FlashStore(Folder("/box/data"), Seal(b"another key 1234"))
    other.open()
    assert other.pending().trust == pendings.LOST and other.pending().stan == 99  # by the marks, without a card
    raises(StoreError, other.save_pending, _intent(3))
    os.remove("/box/data/beside/marks")
    other = FlashStore(Folder("/box/data"), Seal(b"another key 1234"))
    other.open()
    assert "another device" in str(raises(StoreError, other.pending))


def _flipped(image: bytes, step: int, first: int):
    """`image` with one bit flipped, at every `step`th byte of the blocks in which the small files lie."""
    for block in range(BLOCKS):
        start = block * BLOCK
        content = image[start : start + BLOCK]
        if b"pending" not in content and b"marks" not in content:
            continue
        used = BLOCK
        while used and content[used - 1] == 0xFF:
            used -= 1
        for at in range(first, used, step):
            yield block, at, image[: start + at] + bytes((image[start + at] ^ 4,)) + image[start + at + 1 :]


def test_f_m7_one_bit_of_the_live_directory_blocks():
    """F-M7, a bit of flash that LittleFS takes for the end of a row of commits: all that came after goes back together.

    A settled sale is not open again without a doubt, and one that is open is open, asked about, or named.
    """
    seed = time.ticks_us() % 89
    print("first byte", seed)
    for open_one in (False, True):
        box = _filled(27)
        stan = 27
        if open_one:
            stan = box.store.next_stan()
            box.store.save_pending(_intent(stan))
        else:
            box.store.note_seen()
        places = mentioned = 0
        for block, at, image in _flipped(box.image.getvalue(), 89, seed):
            store = _Box(io.BytesIO(image)).store
            case = (block, at, store.lost)
            places += 1
            try:
                pending = store.pending()
            except PendingDamaged:
                mentioned += 1
                continue  # a person is asked for
            if open_one:
                mentioned += 1
                assert pending is not None and pending.stan == stan and pending.amount == 100 + stan, case
            else:
                assert pending is None or pending.trust != pendings.WHOLE, case
                assert store.last() and store.last().stan == 27, case  # put back where it had gone
        assert places > 10 and (mentioned == places or not open_one)


def test_full_flash_is_an_error_and_nothing_is_lost():
    box = _filled(2)
    for number in range(BLOCKS):
        try:
            with open("/box/filler%d" % number, "wb") as file:
                file.write(bytes(4096))
        except OSError:
            break  # full, as wanted
    done = []
    try:
        for _ in range(200):
            _sale(box.store, done)
    except StoreError:
        done.append(("full", 0))
    assert done[-1][0] == "full"
    store = box.again().store
    assert sum(1 for _ in store.records()) == 2 + sum(1 for what in done if what[0] == "journal")


def test_erases_and_programs_of_a_sale():
    box = _filled(10)
    erases, programs = box.flash.erases, box.flash.programs
    for _ in range(100):
        _sale(box.store, [])
    print("per sale: %.2f erases, %.1f programs" % ((box.flash.erases - erases) / 100, (box.flash.programs - programs) / 100))
    assert box.flash.erases - erases <= 200


class _Nvs:
    """esp32.NVS of one device."""

    def __init__(self):
        self._kept = {}

    def get_blob(self, name, into):
        if name not in self._kept:
            raise OSError(-0x1102)
        into[:] = self._kept[name]
        return len(into)

    def set_blob(self, name, value):
        self._kept[name] = bytes(value)

    def commit(self):
        return None


_CONFIG = {
    "merchant_name": "Corner shop",
    "merchant_id": "123456789012345",
    "terminal_id": "12345678",
    "host": "h",
    "port": 1,
    "tls": False,
}


def test_pending_first_provisioning():
    # While a reversal is open, neither its host nor its terminal nor its TMK change.
    _Box()
    nvs = _Nvs()
    provision("/box/data", nvs, _CONFIG, "00" * 16)
    store = FlashStore(Folder("/box/data"), Seal(device_key(nvs)))
    store.open()
    store.save_pending(_intent(store.next_stan()))
    error = raises(ConfigError, provision, "/box/data", nvs, dict(_CONFIG, terminal_id="87654321"), "00" * 16)
    assert "terminal_id cannot change" in str(error)
    assert "pending" in str(raises(KeyError_, provision, "/box/data", nvs, _CONFIG, "11" * 16))
    raises(ConfigError, provision, "/box/data", nvs, dict(_CONFIG, host="other"), "00" * 16)
    provision("/box/data", nvs, dict(_CONFIG, language="zh"), "00" * 16)
    again = FlashStore(Folder("/box/data"), Seal(device_key(nvs)))
    again.open()
    assert again.pending().stan == 1
