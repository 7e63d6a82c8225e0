"""F-M2 on the whole terminal: an open reversal stays with the host that it was sent to, whichever way settings get in."""

import asyncio
import json

import pytest
from test_bench_sale import SETTINGS, Till, leave_one_open, on_flash, options

from rig.bench_options import BenchError
from rig.lab import Lab


def _play(folder, story, tls: bool = True):
    """`story(till, config, tmk)` with a reversal that is open; `config` is what the terminal was given."""

    async def run():
        async with Lab(folder, tls, settings=SETTINGS, options=options()) as lab:
            till = Till(lab)
            await till.shows("HINT_IDLE")
            await leave_one_open(till)
            config = json.loads(on_flash(lab.bench.state, "print(open('/data/config.json').read())"))
            config = {**config, "wifi_password": lab.options.password, "supervisor": SETTINGS["supervisor"]}  # sealed there
            await story(till, config, lab.ledger.tmk(config["terminal_id"]).hex())

    asyncio.run(run())


async def _again(till) -> None:
    await till.bench.power_off()
    await till.bench.power_on()


def test_f_m2_provisioning_is_refused_by_name_and_what_does_not_matter_is_taken(tmp_path):
    """F-M2: host, port, TLS and its name, the CA, TPDU, header, serial, terminal, merchant; further: what is no part of it."""

    async def story(till, config, tmk):
        ca = till.lab.acquirer.ca_der
        await till.bench.power_off()
        place = f"belongs to 127.0.0.1:{config['port']}"
        for name, value in (
            ("host", "127.0.0.2"),
            ("port", 1),
            ("tls", False),
            ("tls_name", "other"),
            ("tpdu", "6000040000"),
            ("header", "603100310731"),
            ("mac", "retail"),
            ("serial", "00000002"),
            ("terminal_id", "10000002"),
            ("merchant_id", "100000000000002"),
        ):
            with pytest.raises(BenchError, match=f"{place}; .*{name}.* cannot change"):
                await till.bench.provision({**config, name: value}, tmk, ca)
        with pytest.raises(BenchError, match=f"{place}; .*ca.der cannot change"):
            await till.bench.provision(config, tmk, ca[:-1] + bytes((ca[-1] ^ 1,)))
        with pytest.raises(BenchError, match="open over 156; .*currency cannot change"):
            await till.bench.provision({**config, "currency": "0840"}, tmk, ca)  # its amount would be shown in another one
        for given in (ca, b""):
            await till.bench.provision({**config, "merchant_name": "Sold", "answer_timeout_s": 3}, tmk, given)
        await till.bench.power_on()
        await till.shows("REVERSED", "12.50")
        await till.back()
        await till.agrees("reversed")
        await till.bench.power_off()
        await till.bench.provision({**config, "serial": "00000002"}, tmk, ca)  # nothing is open any more

    _play(tmp_path, story)


@pytest.mark.parametrize("change", ["config['port'] = 1", "config['tpdu'] = '6000040000'"])
def test_f_m2_settings_replaced_on_flash_send_it_nowhere(tmp_path, change):
    """F-M2: the screen says whose it is, what was changed and what to do; with the old settings it is settled."""

    async def story(till, config, tmk):
        await till.bench.power_off()
        seen = till.lab.acquirer.count("reversal"), till.lab.acquirer.count("inquiry")
        state = till.bench.state
        load = "import json\nconfig = json.load(open('/data/config.json'))\n"
        on_flash(state, f"{load}{change}\nsettings(json.dumps(config))")
        await till.bench.power_on()
        await till.shows("REVERSAL_FAILED", "U_OTHER_HOST")
        await till.press("#")
        await till.shows("REVERSAL_FAILED", "BELONGS_TO")
        await till.shows("CHANGED")
        await till.shows("S_OLD_SETTINGS")
        await till.press("#")
        rows = await till.shows("DIAGNOSE", "EXPORT")  # nobody is there to ask or to try
        assert "TRY_AGAIN" not in rows.names and "CHECK_STATUS" not in rows.names
        await till.press("D")
        await till.bench.power_off()
        on_flash(state, f"import json\nsettings({json.dumps(json.dumps(config))})")
        assert (till.lab.acquirer.count("reversal"), till.lab.acquirer.count("inquiry")) == seen
        await till.bench.power_on()
        await till.shows("REVERSED", "12.50")
        await till.back()
        await till.agrees("reversed")

    _play(tmp_path, story)


def test_f_m2_the_manual_list_is_the_way_out_when_the_old_host_is_gone(tmp_path):
    """F-M2: the supervisor takes it over without anybody being asked, and the new host is sold with; `owner` was lost too."""

    async def story(till, config, tmk):
        await till.bench.power_off()
        on_flash(
            till.bench.state,
            f"os.remove('/data/owner')\nsettings({json.dumps(json.dumps({**config, 'serial': '00000002'}))})",
        )
        with pytest.raises(BenchError, match="belongs to another host"):
            await till.bench.provision({**config, "port": 1}, tmk, till.lab.acquirer.ca_der)
        await till.bench.power_on()
        await till.shows("REVERSAL_FAILED", "U_OTHER_HOST")
        await till.press("#")
        await till.shows("REVERSAL_FAILED", "S_OLD_SETTINGS")
        await till.press("#")
        await till.shows("DIAGNOSE", "EXPORT")
        await till.press("3")
        await till.shows("PASSWORD")
        await till.press("4711#")
        await till.shows("REASON_HOST_DEBIT")
        await till.press("1")
        await till.shows("MANUAL")
        await till.back()
        await till.sale("75", "visa-credit", "APPROVED")
        await till.agrees("manual list", "approved")

    _play(tmp_path, story)
