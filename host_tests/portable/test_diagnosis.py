"""The network diagnosis: each step's failures with their cause, what was fine before, and doubts that explain later failures."""

from expect import run
from stage import Stage

from taptill.core.errors import LinkDown
from taptill.flows import diagnosis, result
from taptill.flows.diagnosis import ADDRESS, ECHO, JOIN, NAME, PORT, RADIO, ROUTER, SECURE, STEPS

_OWN, _MASK, _ROUTER, _SERVER = "192.168.4.20", "255.255.255.0", "192.168.4.1", "192.168.4.2"
_FAR = "203.0.113.9"


class Net:
    """ports.Net: all is well but for what a test sets."""

    def __init__(self):
        self.dbm = -55
        self.lease = [_OWN, _MASK, _ROUTER, _SERVER]
        self.before = ""
        self.answers = 6
        self.names = {"bank.example": _FAR}
        self.unresolved = LinkDown.NAME
        self.unreached = None
        self.reached = []
        self.pinged = []
        self.clock = 0

    def level(self):
        return self.dbm

    def addresses(self):
        return tuple(self.lease)

    def address_before(self):
        return self.before

    async def ping(self, address, count):
        self.pinged.append((address, count))
        return self.answers, 3

    async def resolve(self, name, server):
        if name not in self.names:
            raise LinkDown("name", False, self.unresolved)
        return self.names[name]

    async def reach(self, address, port):
        self.reached.append((address, port))
        if self.unreached is not None:
            raise LinkDown("host: not reached", False, self.unreached)
        return 7

    def since(self, then=None):
        self.clock += 11
        return self.clock if then is None else self.clock - then


def diagnosed(stage=None, net=None, host="bank.example"):
    """What comes of it on this stage with this net."""
    stage, net = stage or Stage(), net or Net()
    stage.t.config.host = host
    found = run(diagnosis.diagnose(stage.t, net))
    assert not stage.bank.open  # the link is closed whatever came of it
    assert [step for step, _ in found.fine] == [step for step in STEPS if step < (found.failed or ECHO + 1)]
    assert (found.why != result.OK) == bool(found.failed) == bool(found.detail)
    return found


def test_all_is_well():
    found = diagnosed()
    assert (
        dict(found.fine)
        == {
            RADIO: "-55 dBm",
            JOIN: "",
            ADDRESS: _OWN + "/24",
            ROUTER: "3 ms",
            NAME: _FAR,
            PORT: "7 ms",
            SECURE: "",
            ECHO: "11 ms",
        }
        and not found.failed
    )
    assert found.lines()[0] == "network: radio ok -55 dBm" and len(found.lines()) == len(STEPS)


def test_each_step_is_told_before_it_is_tried():
    told, stage = [], Stage()
    stage.t.config.host = _FAR
    run(diagnosis.diagnose(stage.t, Net(), told.append))
    assert tuple(told) == STEPS


def test_an_address_as_host_asks_no_name_server():
    net = Net()
    net.names, net.lease[3] = {}, ""
    assert not diagnosed(net=net, host=_FAR).failed
    assert net.reached == [(_FAR, 1)]


def test_joining_fails_at_the_step_of_its_kind():
    for kind, before, step, why in (
        (LinkDown.RADIO, "", RADIO, result.NO_WIFI),
        (LinkDown.RADIO, _OWN, RADIO, result.NO_WIFI),
        (LinkDown.PASSWORD, "", JOIN, result.WIFI_PASSWORD),
        (LinkDown.ADDRESS, "", ADDRESS, result.NO_ADDRESS),
        (LinkDown.ADDRESS, _OWN, ADDRESS, result.LEASE_LOST),
    ):
        stage, net = Stage(), Net()
        stage.bank.link = False
        stage.bank.no_link = lambda: LinkDown("wifi: gone", False, kind)
        net.before = before
        found = diagnosed(stage, net)
        assert (found.failed, found.why) == (step, why)


def test_a_link_that_comes_back_is_waited_for():
    stage = Stage()
    stage.bank.link, stage.bank.comes_back = False, True
    assert not diagnosed(stage).failed


def test_an_interface_without_an_address():
    for own in ("", "0.0.0.0"):
        net = Net()
        net.lease[0] = own
        found = diagnosed(net=net)
        assert (found.failed, found.why) == (ADDRESS, result.NO_ADDRESS)


def test_the_name():
    net = Net()
    net.names = {}
    found = diagnosed(net=net)
    assert (found.failed, found.why) == (NAME, result.NO_NAME)
    net.unresolved = LinkDown.NAME_SERVER
    found = diagnosed(net=net)
    assert (found.failed, found.why) == (NAME, result.DNS_SILENT)
    for server in ("", "0.0.0.0"):
        net = Net()
        net.lease[3] = server
        found = diagnosed(net=net)
        assert (found.failed, found.why) == (NAME, result.DNS_SILENT)


def test_the_port():
    for kind, why in (
        (LinkDown.REFUSED, result.PORT_CLOSED),
        (LinkDown.SILENT, result.HOST_SILENT),
        (LinkDown.ROUTE, result.NO_ROUTE),
        (LinkDown.MEMORY, result.NO_MEMORY),
    ):
        net = Net()
        net.unreached = kind
        found = diagnosed(net=net)
        assert (found.failed, found.why) == (PORT, why)


def test_tls_and_the_certificate():
    for kind, why in (
        (LinkDown.TLS, result.TLS_FAILED),
        (LinkDown.EXPIRED, result.CERT_EXPIRED),
        (LinkDown.EARLY, result.CERT_EARLY),
        (LinkDown.OTHER_NAME, result.CERT_NAME),
        (LinkDown.OTHER_CA, result.CERT_CA),
        (LinkDown.CERTIFICATE, result.CERTIFICATE),
    ):
        stage = Stage()
        stage.bank.faults = ["refuse %d" % kind]
        found = diagnosed(stage)
        assert (found.failed, found.why) == (SECURE, why)
    stage = Stage()
    stage.clock.time = None
    stage.bank.faults = ["refuse %d" % LinkDown.EARLY]
    assert diagnosed(stage).why == result.CLOCK


def test_the_echo():
    for fault, why, f39 in (
        ("silent", result.TIMEOUT, ""),
        ("break", result.LINK_BROKEN, ""),
        ("garbage", result.BAD_ANSWER, ""),
        ("code 91", result.HOST_CODE, "91"),
    ):
        stage = Stage()
        stage.bank.faults = [fault]
        found = diagnosed(stage)
        assert (found.failed, found.why, found.f39) == (ECHO, why, f39), fault
        assert stage.ledger == {} and stage.store.pending() is None


def test_a_router_that_answers_no_echo_is_no_fault_where_the_host_is_reached():
    net = Net()
    net.answers = 0
    assert not diagnosed(net=net).failed


def test_a_silent_router_explains_a_host_that_is_not_reached():
    for kind, why in (
        (LinkDown.SILENT, result.ROUTER_SILENT),
        (LinkDown.ROUTE, result.ROUTER_SILENT),
        (LinkDown.REFUSED, result.PORT_CLOSED),  # somebody has answered
    ):
        for router in (_ROUTER, "", "0.0.0.0"):
            net = Net()
            net.answers, net.unreached, net.lease[2] = 0, kind, router
            found = diagnosed(net=net)
            assert (found.failed, found.why) == (ROUTER if why == result.ROUTER_SILENT else PORT, why)
    net = Net()
    net.answers, net.names, net.unresolved = 0, {}, LinkDown.NAME_SERVER
    assert diagnosed(net=net).why == result.ROUTER_SILENT


def test_answers_that_reach_us_now_and_then_speak_of_an_address_in_use_twice():
    for answers, dbm, why in (
        (1, -55, result.ADDRESS_TWICE),
        (3, -55, result.ADDRESS_TWICE),
        (4, -55, result.HOST_SILENT),
        (1, -90, result.ADDRESS_TWICE),  # the air may explain it as well, and both are told
        (4, -90, result.HOST_SILENT),
    ):
        net = Net()
        net.answers, net.dbm, net.unreached = answers, dbm, LinkDown.SILENT
        found = diagnosed(net=net)
        assert (found.why, found.weak, found.lossy) == (why, dbm < -75, dbm < -75)
        net.unreached = None
        found = diagnosed(net=net)
        assert not found.failed and not found.lossy
        told = [line for line in found.lines() if line.startswith("network: doubt, ")]
        assert len(told) == (2 * answers <= 6)  # not the cause of anything, and in the report all the same


def test_a_weak_signal_that_loses_no_echo_or_is_not_to_blame_goes_behind_the_cause():
    for answers, unreached in ((6, LinkDown.SILENT), (1, LinkDown.REFUSED)):
        net = Net()
        net.answers, net.dbm, net.unreached = answers, -90, unreached
        found = diagnosed(net=net)
        assert found.weak and not found.lossy
        assert found.tells_more_than(result.TIMEOUT) and not found.tells_more_than(found.why)
    for fault, lossy in (("silent", True), ("code 91", False)):
        stage, net = Stage(), Net()
        net.answers, net.dbm = 4, -90
        stage.bank.faults = [fault]
        found = diagnosed(stage, net)
        assert found.lossy == lossy == found.tells_more_than(found.why), fault
    assert not diagnosed().tells_more_than(result.OK)


def test_addresses_that_cannot_be_right_are_told_whatever_else_there_is():
    for own, mask, router, why in (
        (_ROUTER, _MASK, _ROUTER, result.ADDRESS_TWICE),
        ("192.168.4.255", _MASK, _ROUTER, result.WRONG_MASK),
        ("192.168.4.0", _MASK, _ROUTER, result.WRONG_MASK),
        (_OWN, "255.255.255.240", _ROUTER, result.WRONG_MASK),
        (_OWN, "255.0.255.0", _ROUTER, result.WRONG_MASK),
    ):
        net = Net()
        net.lease[:3] = own, mask, router
        found = diagnosed(net=net)  # all answers
        assert not found.failed and found.hint == why
        assert len([line for line in found.lines() if line.startswith("network: doubt, ")]) == 1
        net.unreached = LinkDown.REFUSED  # it explains another failure no more than that
        found = diagnosed(net=net)
        assert (found.failed, found.why, found.hint) == (PORT, result.PORT_CLOSED, why)
        net.unreached = LinkDown.SILENT
        found = diagnosed(net=net)
        assert (found.why, found.hint, found.doubts) == (why, result.OK, [])  # the cause: told once


def test_a_wrong_mask():
    for mask, why in (
        ("255.255.255.0", result.HOST_SILENT),
        ("255.255.255.240", result.WRONG_MASK),  # the router is outside of .16/28
        ("255.0.255.0", result.WRONG_MASK),
        ("0.0.0.0", result.WRONG_MASK),
    ):
        net = Net()
        net.lease[1], net.unreached = mask, LinkDown.SILENT
        found = diagnosed(net=net)
        assert found.why == why, mask
        assert found.failed == (ADDRESS if why == result.WRONG_MASK else PORT)
        net.unreached = None
        assert not diagnosed(net=net).failed


def test_a_host_next_door_is_no_sign_of_a_wrong_mask():
    net = Net()
    net.unreached = LinkDown.SILENT
    found = diagnosed(net=net, host="192.168.4.77")
    assert (found.failed, found.why) == (PORT, result.HOST_SILENT)


def test_a_weak_signal_is_told_with_whatever_else_there_is():
    for dbm, weak in ((-75, False), (-76, True), (-90, True), (0, False)):
        net = Net()
        net.dbm = dbm
        found = diagnosed(net=net)
        assert found.weak == weak and not found.failed
        assert (found.lines()[-1] == "network: the signal is weak") == weak
