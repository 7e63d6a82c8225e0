"""F-M13: where on the way to the host a payment, a reversal or a sign-on failed is told as it is."""

from expect import run
from stage import Stage
from unsettled import sell, unsettled

from taptill.core.errors import LinkDown
from taptill.flows import errands, result, reversal

_KINDS = (
    (LinkDown.LINK, result.NO_LINK),
    (LinkDown.RADIO, result.NO_WIFI),
    (LinkDown.PASSWORD, result.WIFI_PASSWORD),
    (LinkDown.ADDRESS, result.NO_ADDRESS),
    (LinkDown.NAME, result.NO_NAME),
    (LinkDown.ROUTE, result.NO_ROUTE),
    (LinkDown.REFUSED, result.PORT_CLOSED),
    (LinkDown.SILENT, result.HOST_SILENT),
    (LinkDown.TLS, result.TLS_FAILED),
    (LinkDown.EXPIRED, result.CERT_EXPIRED),
    (LinkDown.EARLY, result.CERT_EARLY),
    (LinkDown.OTHER_NAME, result.CERT_NAME),
    (LinkDown.OTHER_CA, result.CERT_CA),
    (LinkDown.CERTIFICATE, result.CERTIFICATE),
    (LinkDown.MEMORY, result.NO_MEMORY),
    (LinkDown.ROUTER, result.ROUTER_SILENT),
    (LinkDown.TWICE, result.ADDRESS_TWICE),
    (LinkDown.LEASE, result.LEASE_LOST),
    (LinkDown.MASK, result.WRONG_MASK),
    (LinkDown.NAME_SERVER, result.DNS_SILENT),
)


def test_f_m13_each_failure_of_the_link_has_its_own_reason():
    """F-M13: in the end of a sale; further: of a reversal that stays open, with its cause on flash, and of a sign-on."""
    assert sorted(kind for kind, _ in _KINDS) == list(range(20)) and len({why for _, why in _KINDS}) == 20
    for kind, why in _KINDS:
        stage = Stage()
        stage.bank.faults = ["refuse %d" % kind]
        outcome = sell(stage)
        assert (outcome.end, outcome.money, outcome.why) == (result.NOT_SENT, result.NOT_TAKEN, why), kind
        assert stage.bank.requests == [] and "pending" not in stage.content
        stage.bank.faults = ["refuse %d" % kind]
        assert run(errands.sign_on(stage.t)).why == why
        stage = unsettled(1)
        stage.bank.faults = ["refuse %d" % kind]
        outcome = run(reversal.recover(stage.t))
        assert (outcome.end, outcome.why) == (result.UNKNOWN, why) and stage.again().store.pending().cause == why
        assert (why in result.NO_CONNECTION) == (why != result.NO_MEMORY)


def test_f_m13_a_certificate_that_begins_later_is_the_clocks_fault_only_where_no_time_is_known():
    stage = Stage()
    stage.clock.time = None
    stage.bank.faults = ["refuse %d" % LinkDown.EARLY]
    assert sell(stage).why == result.CLOCK


def test_f_m13_a_network_that_is_gone_spends_no_try_whatever_it_was():
    for kind in (LinkDown.RADIO, LinkDown.PASSWORD, LinkDown.ADDRESS):
        stage = unsettled(2)
        stage.bank.link = False
        stage.bank.no_link = lambda kind=kind: LinkDown("wifi: gone", False, kind)
        tries = stage.store.pending().tries
        assert run(reversal.recover(stage.t)).why == dict(_KINDS)[kind]
        assert stage.again().store.pending().tries == tries
