"""F-M15 on the whole terminal: keys or batch out of step; it signs on by itself and offers the payment again, once."""

from test_bench_sale import play


def test_f_m15_the_terminal_signs_on_and_offers_the_sale_again(tmp_path):
    """F-M15: 77, and the money moves once; further: a host that goes on wanting it, and one that cannot be signed on with."""

    async def story(till):
        signed_on = till.lab.acquirer.count("signon")
        await till.lab.host("decline 77 next sale")
        await till.present("1250", "visa-credit")
        await till.shows("DECLINED", "MONEY_NOT_TAKEN", "KEYS_AGAIN", "12.50")
        await till.bench.do("card-off")
        await till.press("#")
        await till.shows("PRESENT_CARD", "12.50")
        await till.bench.do("card", card="visa-credit")
        await till.shows("APPROVED", "12.50")
        await till.bench.do("card-off")
        await till.back()
        assert till.lab.acquirer.count("signon") == signed_on + 1
        await till.lab.host("decline A0 always sale")
        await till.present("700", "visa-credit")
        await till.shows("DECLINED", "KEYS_AGAIN", "7.00")
        await till.bench.do("card-off")
        await till.press("#")
        await till.shows("PRESENT_CARD", "7.00")
        await till.bench.do("card", card="visa-debit")
        await till.shows("DECLINED", "R_MAC", "S_CALL_BANK")
        await till.bench.do("card-off")
        await till.back()
        assert till.lab.acquirer.count("signon") == signed_on + 2
        await till.lab.host("close before always signon")
        await till.present("800", "visa-credit")
        await till.shows("DECLINED", "R_MAC", "S_SIGN_ON")
        await till.bench.do("card-off")
        await till.press("#")
        await till.shows("FAILED", "U_LINK_BROKE")
        await till.lab.host("clear")
        await till.back()
        await till.agrees("declined", "approved", "declined", "declined", "declined")

    play(tmp_path, story)
