"""What holds of money holds in every profile: the same stories, and only what is on the wire differs."""

from dialects import DIALECTS
from expect import raises, run, unhex
from stage import PIN_CARD, Stage, Tap

from taptill.core import profiles, responses
from taptill.core.config import Config
from taptill.core.des import Des
from taptill.core.errors import ConfigError, KeyError_, MessageError
from taptill.core.journal import record as records
from taptill.core.message import Message
from taptill.flows import errands, result, reversal, sale, void

_AMOUNT = 1250
_FAULTS = ("silent", "break", "bad-mac", "no-mac", "flip", "no-code", "stan", "terminal", "merchant", "mti", "garbage", "late")


def _stage(dialect, **more):
    settings = {"profile": dialect.name}
    settings.update(more)
    return Stage(settings=settings)


def _kinds(stage) -> list:
    return [stage.bank.dialect.kind(stage.bank.dialect.profile.parse(request)) for request in stage.bank.requests]


def _sell(stage, amount=_AMOUNT):
    return run(sale.sale(stage.t, amount))


def _agree(stage) -> None:
    assert stage.store.pending() is None and stage.bank.debited() == stage.journaled(), stage.bank.dialect.name


def test_every_profile_has_its_dialect():
    assert tuple([each.name for each in DIALECTS]) == profiles.NAMES


def test_sales_are_approved_declined_and_approved_in_part():
    for dialect in DIALECTS:
        for fault, end, taken in (
            ("", result.APPROVED, _AMOUNT),
            ("declined", result.REVERSED, 0),  # booked as declined, its answer lost
            ("booked 51", result.DECLINED, None),
            ("part 700", result.APPROVED, 700),
            ("blank-auth", result.APPROVED, _AMOUNT),
        ):
            stage = _stage(dialect)
            stage.bank.faults = [fault]
            done = _sell(stage)
            assert done.end in (end, result.PARTIAL if fault == "part 700" else end), (dialect.name, fault)
            if taken is not None:
                assert stage.journaled() == taken, (dialect.name, fault)
                _agree(stage)


def test_what_may_have_left_is_reversed():
    """No answer, a wrong MAC or none, no code, garbage, an answer of another trace: nothing is taken by the host's books."""
    for dialect in DIALECTS:
        for fault in _FAULTS:
            stage = _stage(dialect)
            stage.bank.faults = [fault]
            done = _sell(stage)
            assert (done.end, done.money) == (result.REVERSED, result.NOT_TAKEN), (dialect.name, fault)
            assert _kinds(stage) == ["sale", "reversal"], (dialect.name, fault)
            assert stage.bank.debited() == 0
            _agree(stage)


def test_an_answer_about_another_transaction_is_none():
    """What it repeats of batch and original, each in the profile's own fields."""
    for dialect, fields in (
        (DIALECTS[0], ("2 4693801184579329", "3 200000", "49 840", "60 2200000200060", "61 000001000077")),
        (DIALECTS[1], ("2 4693801184579329", "3 020000", "49 840", "60 000002", "90 0200000077" + "0" * 32)),
    ):
        for field in fields:
            stage = _stage(dialect)
            stage.bank.faults = ["field " + field]
            assert _sell(stage).end == result.REVERSED and stage.bank.debited() == 0, (dialect.name, field)
            # And of a reversal: it settles nothing.
            stage = _stage(dialect, reversal_tries=1)
            stage.bank.faults = ["silent", "field " + field]
            assert _sell(stage).end == result.UNKNOWN and stage.store.pending() is not None, (dialect.name, field)


def test_a_power_cut_at_every_step_of_a_sale_and_of_its_reversal():
    for dialect in DIALECTS:
        for faults in ([], ["silent"]):
            at = 0
            while True:
                at += 1
                stage = Stage(cut_at=at, settings={"profile": dialect.name})
                stage.bank.faults = list(faults)
                try:
                    _sell(stage)
                except BaseException as error:
                    if error.__class__.__name__ != "PowerCut":
                        raise
                else:
                    break
                again = stage.again(settings={"profile": dialect.name})
                run(reversal.recover(again.t))
                _agree(again)
            assert at > 8


def test_the_hosts_word_closes_what_it_will_not_reverse():
    for dialect in DIALECTS:
        for word, state in (("D", records.NOT_APPROVED), ("R", records.REVERSED), ("B", records.NOT_FOUND), ("A", 0)):
            stage = _stage(dialect, reversal_tries=1)
            stage.bank.faults = ["silent", "code 25", "word %s %d" % (word, _AMOUNT)]
            done = _sell(stage)
            assert _kinds(stage) == ["sale", "reversal", "inquiry"]
            if state:
                assert done.end == result.REVERSED and stage.store.last().state == state, (dialect.name, word)
            else:
                assert done.end == result.UNKNOWN and stage.store.pending().stan == 1, (dialect.name, word)
        stage = _stage(dialect)
        _sell(stage)
        said = run(errands.inquire(stage.t, 1, 1))
        assert (said.state, said.amount, said.rrn) == ("A", _AMOUNT, "112200000001"), dialect.name
        assert run(errands.inquire(stage.t, 1, 77)).state == "N"


def test_a_void_and_its_reversal():
    for dialect in DIALECTS:
        stage = _stage(dialect)
        _sell(stage)
        assert run(void.void(stage.t, 1)).end == result.APPROVED and stage.bank.debited() == 0, dialect.name
        _agree(stage)
        stage = _stage(dialect)
        _sell(stage)
        stage.bank.faults = ["silent"]
        assert run(void.void(stage.t)).end == result.REVERSED, dialect.name
        assert _kinds(stage) == ["sale", "void", "reversal"] and stage.bank.debited() == _AMOUNT
        _agree(stage)
        # The reversal names the void, and repeats it.
        parse = stage.bank.dialect.profile.parse
        asked, undone = [parse(request).fields for request in stage.bank.requests[1:]]
        assert all(asked[number] == undone[number] for number in (2, 3, 4, 11, 22, 41, 42, 49, 60))
        assert stage.bank.dialect.key(undone) == (1, 2)


def test_a_pin_travels_in_its_block():
    for dialect in DIALECTS:
        stage = _stage(dialect)
        stage.t.reader = Tap(PIN_CARD)
        stage.screen.pin_digits = b"123456"
        assert _sell(stage, 200000).end == result.APPROVED
        fields = stage.bank.dialect.profile.parse(stage.bank.requests[0]).fields
        assert fields[52] == b"PINBLOCK" and fields[22] == "071" and fields[26] == "12"


def test_keys_out_of_step_are_fetched_on_the_way():
    for dialect in DIALECTS:
        stage = _stage(dialect)
        stage.bank.faults = ["silent", "code " + dialect.wrong_mac]
        assert _sell(stage).end == result.REVERSED, dialect.name
        assert _kinds(stage) == ["sale", "reversal", "sign-on", "reversal"] and len(stage.keys.installed) == 1
        assert run(errands.sign_on(stage.t)).end == run(errands.echo(stage.t)).end == result.DONE
        wanted = list(dialect.keys.values())[0]
        assert stage.keys.installed[-1] == (wanted if isinstance(wanted, bytes) else unhex(wanted))


def test_settings_are_those_of_the_profile():
    given = {"merchant_name": "x", "merchant_id": "1" * 15, "terminal_id": "1" * 8, "host": "h", "port": 1, "tls": False}
    assert Config(given).profile == profiles.DEFAULT
    ascii = Config(dict(given, profile="iso87a"))
    assert ascii.mac == "retail"
    for name, value in (("tpdu", "6000030000"), ("header", "603100310730"), ("mac", "ecb")):
        assert name in str(raises(ConfigError, Config, dict(given, profile="iso87a", **{name: value})))
    assert "cn_pos, iso87a" in str(raises(ConfigError, Config, dict(given, profile="iso93")))


def test_an_open_intent_belongs_to_the_profile_that_it_was_sent_in():
    stage = _stage(DIALECTS[0])
    stage.bank.faults = ["silent", "lost", "lost"]
    assert _sell(stage).end == result.UNKNOWN
    other = stage.again(settings={"profile": "iso87a"})
    assert run(reversal.recover(other.t)).why == result.OTHER_HOST and other.bank.requests == []
    back = stage.again()
    assert run(reversal.recover(back.t)).end == result.REVERSED and back.bank.debited() == 0


def test_ascii_frames_and_their_errors():
    profile = profiles.load("iso87a")
    stage = _stage(DIALECTS[1])
    _sell(stage)
    whole = stage.bank.requests[0]
    assert profile.mac_ok(whole, DIALECTS[1]().mac)
    for at in range(4, len(whole)):
        spoilt = bytearray(whole)
        spoilt[at] ^= 1
        assert not profile.mac_ok(spoilt, DIALECTS[1]().mac), at
    for size in range(len(whole)):
        raises(MessageError, profile.parse, whole[:size])
        assert not profile.mac_ok(whole[:size], DIALECTS[1]().mac)
    assert raises(MessageError, profile.parse, whole + b"0").where == "end"
    assert raises(MessageError, profile.parse, b"0200" + b"4000000000000001" + b"99" + b"0" * 32).where == "F2"
    assert raises(MessageError, profile.parse, b"0200" + b"0100000000000000" + b"0" * 7).where == "F8"
    assert raises(MessageError, profile.parse, b"0200" + b"0000001000000000" + b"X" + b"0" * 8).where == "F28"
    assert raises(MessageError, profile.pack, Message("0200", {129: "0"}), None).where == "F129"
    assert raises(MessageError, profile.parse, b"0200" + b"G000000000000000").where == "bitmap"
    assert profile.prefix(len(whole)) == b"%04d" % len(whole) and profile.size(b"0123") == 123
    for bad in (b"12 4", b"+123", b"\x00\x00\x00\x01"):
        raises(ValueError, profile.size, bad)


def test_ascii_keys_have_check_values():
    profile = profiles.load("iso87a")
    tmk, keys = bytes(range(16)), (bytes(range(16, 32)), bytes(range(32, 48)))
    wrapped = b""
    for key in keys:
        wrapped += Des(tmk).encrypt(key[:8]) + Des(tmk).encrypt(key[8:]) + Des(key).encrypt(bytes(8))[:3]
    assert profile.knows_keys(wrapped) and profile.unwrap(tmk, wrapped) == keys
    for at in range(len(wrapped)):
        spoilt = bytearray(wrapped)
        spoilt[at] ^= 0x80
        assert "wrong check value" in str(raises(KeyError_, profile.unwrap, tmk, spoilt))
    assert "38 bytes" in str(raises(KeyError_, profile.unwrap, tmk, wrapped[:-1])) and not profile.knows_keys(wrapped[:24])


def test_ascii_codes():
    codes = profiles.load("iso87a").responses
    assert [codes.fate(code) for code in ("00", "10", "51", "96", "94", "A0", "08", "")] == [
        responses.TAKEN, responses.TAKEN, responses.NOT_TAKEN, responses.IN_DOUBT, responses.EARLIER,
        responses.UNKNOWN, responses.UNKNOWN, responses.UNKNOWN,
    ]  # fmt: skip
    assert [codes.of_reversal(code) for code in ("00", "64", "63", "90", "25")] == [
        responses.REVERSED, responses.DIFFERS, responses.SIGN_ON, responses.TOLD, responses.ASK,
    ]  # fmt: skip
