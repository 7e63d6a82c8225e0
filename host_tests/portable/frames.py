"""Every request that the flows send, in every variant, as they leave the terminal: {name: frame}."""

from expect import run
from stage import PIN_CARD, Stage, Tap

from taptill.core import profiles, transactions
from taptill.flows import balance, earlier, errands, reversal, sale, void

_AMOUNT = 1250
_PIN_AMOUNT = 200000  # above the limit from which a PIN is asked for
# The masked Visa card without its sequence number: 9 bytes less in the GPO answer.
_NO_PSN_CARD = {head: answer.replace("77478202", "77438202").replace("5F340101", "") for head, answer in Tap().script.items()}


class _Speaker:
    """Terminals that speak a profile."""

    def __init__(self, profile: str):
        self.settings = {"profile": profile}
        self.parse = profiles.load(profile).parse

    def stage(self, faults=(), script=None, pin: bytes = b""):
        stage = Stage(settings=self.settings)
        stage.bank.faults = list(faults)
        if script:
            stage.t.reader = Tap(script)
        if pin:
            stage.screen.pin_digits = pin
        return stage

    def sold(self, faults, amount: int = _AMOUNT, script=None, pin: bytes = b"", refuse: str = ""):
        """The requests of one sale under these faults of the bank; `refuse` names a file that flash refuses."""
        stage = self.stage(faults, script, pin)
        stage.disk.refuse = refuse
        run(sale.sale(stage.t, amount))
        return stage.bank.requests

    def voided(self, faults, script=None) -> list:
        """The requests of a void of a sale before."""
        stage = self.stage(script=script)
        run(sale.sale(stage.t, _AMOUNT))
        stage.bank.faults = list(faults)
        before = len(stage.bank.requests)
        run(void.void(stage.t, 1))
        return stage.bank.requests[before:]

    def about(self, row, faults=(), before=transactions.SALE, amount: int = 0) -> list:
        """The requests of a transaction about an earlier one."""
        stage = self.stage()
        run(sale.sale(stage.t, _AMOUNT, transactions.PREAUTH if before is not transactions.SALE else before))
        trace = 1
        if before is transactions.COMPLETION:
            run(earlier.about(stage.t, before, 1))
            trace = 2
        stage.bank.faults = list(faults)
        sent_before = len(stage.bank.requests)
        run(earlier.about(stage.t, row, trace, amount))
        return stage.bank.requests[sent_before:]

    def held(self, faults) -> list:
        stage = self.stage(faults)
        run(sale.sale(stage.t, _AMOUNT, transactions.PREAUTH))
        return stage.bank.requests

    def balance(self) -> bytes:
        stage = self.stage([""], PIN_CARD, b"123456")
        run(balance.balance(stage.t))
        return stage.bank.requests[-1]

    def on_an_errand(self, errand) -> bytes:
        stage = self.stage()
        run(errand(stage.t))
        return stage.bank.requests[-1]

    def inquired(self) -> bytes:
        stage = self.stage(["silent", "lost", "lost"])
        run(sale.sale(stage.t, _AMOUNT))
        run(errands.inquire(stage.t, 1, 1))
        return stage.bank.requests[-1]

    def signed_on_in_a_reversal(self) -> bytes:
        stage = self.stage(["silent", "lost", "lost"])
        run(sale.sale(stage.t, _AMOUNT))
        again = stage.again(settings=self.settings)
        again.keys.loaded = False
        run(reversal.recover(again.t))
        return next(request for request in again.bank.requests if self.parse(request).mti == "0800")


def sent(profile: str = profiles.DEFAULT) -> dict:
    """{name of the variant: frame (without its length)} of that profile."""
    pin = dict(script=PIN_CARD, pin=b"123456", amount=_PIN_AMOUNT)
    by = _Speaker(profile)
    return {
        "sale": by.sold([""])[0],
        "sale with PIN": by.sold([""], **pin)[0],
        "sale of a card without sequence number": by.sold([""], script=_NO_PSN_CARD)[0],
        "reversal, no answer": by.sold(["silent"])[1],
        "reversal, wrong MAC": by.sold(["bad-mac"])[1],
        "reversal, approved but not recorded": by.sold([""], refuse="journal")[1],
        "reversal, approved in part but not recorded": by.sold(["part 700"], refuse="journal")[1],
        "reversal, anything else": by.sold(["no-code"])[1],
        "reversal of a sale with PIN": by.sold(["silent"], **pin)[1],
        "reversal of a card without sequence number": by.sold(["silent"], script=_NO_PSN_CARD)[1],
        "void": by.voided([""])[0],
        "void of a card without sequence number": by.voided([""], _NO_PSN_CARD)[0],
        "reversal of a void, no answer": by.voided(["silent"])[1],
        "reversal of a void, wrong MAC": by.voided(["bad-mac"])[1],
        "sign-on": by.on_an_errand(errands.sign_on),
        "sign-on in a reversal": by.signed_on_in_a_reversal(),
        "echo": by.on_an_errand(errands.echo),
        "status inquiry": by.inquired(),
        "refund": by.about(transactions.REFUND, amount=500)[0],
        "balance": by.balance(),
        "pre-authorisation": by.held([""])[0],
        "pre-authorisation void": by.about(transactions.PREAUTH_VOID, before=transactions.PREAUTH)[0],
        "completion": by.about(transactions.COMPLETION, before=transactions.PREAUTH, amount=1300)[0],
        "completion void": by.about(transactions.COMPLETION_VOID, before=transactions.COMPLETION)[0],
        "reversal of a pre-authorisation": by.held(["silent"])[1],
        "reversal of a pre-authorisation void": by.about(transactions.PREAUTH_VOID, ["silent"], transactions.PREAUTH)[1],
        "reversal of a completion": by.about(transactions.COMPLETION, ["silent"], transactions.PREAUTH)[1],
        "reversal of a completion void": by.about(transactions.COMPLETION_VOID, ["silent"], transactions.COMPLETION)[1],
        "barring inquiry": by.about(transactions.REFUND, ["silent"])[1],
    }
