"""The passwords among the settings: sealed on flash like the keys, and found nowhere; and NVS, which holds the device key alone.

(Cards, PINs and keys of a full run: test_evidence.py.)
"""

import asyncio
import json

from test_bench_sale import IDLE, SETTINGS, SOON, SUPERVISOR, Till, leave_one_open, on_flash, options

from acquirer.testcards import DEMO_TERMINAL
from campaigns.secret_search import Secrets, used
from rig import demo
from rig.lab import Lab

FIRST, SECOND = "TopSecretWifi1", "無線 ☂ second"


def _secrets(device_key: str, ledger) -> tuple[Secrets, Secrets]:
    """(what may stand nowhere, what may stand in the chip's own NVS alone)."""
    nowhere, chip = Secrets(), Secrets()
    nowhere.key("TMK", ledger.tmk(DEMO_TERMINAL))
    for name, key in zip(("PIK", "MAK"), ledger.working_keys(DEMO_TERMINAL)):
        nowhere.key(name, key)
    nowhere.card("4761739001010010")
    for number, text in enumerate((FIRST, SECOND), 1):
        nowhere.word(f"Wi-Fi password {number}", text)
    nowhere.word("supervisor's setting", SUPERVISOR)
    nowhere.word("supervisor's hash", SUPERVISOR.rpartition(":")[2])
    chip.key("device key", bytes.fromhex(device_key))
    return nowhere, chip


def test_no_password_is_on_flash_in_nvs_or_on_the_console(tmp_path):
    """Joined with one, provisioned with another, and joined with that: what once stood on flash is searched too."""

    async def run():
        lab = Lab(tmp_path, settings=SETTINGS, options=options(ssid="shop", password=FIRST))
        async with lab:
            till = Till(lab)
            await till.shows(IDLE)
            await till.sale("1250", "visa-credit", "APPROVED")
            await till.bench.power_off()
            lab.options.password = SECOND
            introduced = lab._own.introduction(DEMO_TERMINAL, True, "ecb")
            await demo.provision(lab.bench, introduced, SETTINGS)
            await till.bench.power_on()
            await till.shows(IDLE)  # the access point has let it in
            await till.sale("75", "visa-debit", "APPROVED")
            await till.bench.power_off()
            said = "\n".join(str(event) for _, event in till.bench.events if event["ev"] in ("log", "screen"))
            device_key = json.loads((till.bench.state / "nvs-taptill.json").read_text())["device_key"]
            return till.bench.state, said, *_secrets(device_key, lab.ledger)

    state, said, nowhere, chip = asyncio.run(run())
    config = json.loads(on_flash(state, "print(open('/data/config.json').read())"))
    assert config["wifi_ssid"] == "shop" and config["merchant_name"] == "TapTill Demo"  # as anybody may read them
    assert all(list(config[name]) == ["sealed"] for name in ("wifi_password", "supervisor"))
    nvs = b"\n".join(path.read_bytes() for path in sorted(state.glob("nvs-*.json")))
    assert chip.found_in(nvs)  # the search finds what is there
    places = {"flash": used((state / "flash.img").read_bytes()), "console and screens": said.encode()}
    for place, data in {**places, "NVS": nvs}.items():
        assert data and nowhere.found_in(data) == [], place
    for place, data in places.items():
        assert chip.found_in(data) == [], place


def test_another_device_key_is_told_as_such_and_loading_the_settings_again_mends_it(tmp_path):
    """Not as a wrong password of the Wi-Fi; and what is open meanwhile is told all the time."""

    async def run():
        async with Lab(tmp_path, settings=SETTINGS, options=options()) as lab:
            till = Till(lab)
            await till.shows(IDLE)
            await leave_one_open(till)
            await till.bench.power_off()
            nvs = till.bench.state / "nvs-taptill.json"
            nvs.write_text(json.dumps({**json.loads(nvs.read_text()), "device_key": "5a" * 16}))
            await till.bench.power_on()
            told: list[str] = []  # on several pages

            def all_told(lines) -> bool:
                told.extend(lines)
                page = " ".join(told)
                return all(words in page for words in ("Device key lost", "12.50 #000002", "REVERSAL OPEN"))

            await till.bench.wait_text(all_told, SOON)
            await till.bench.power_off()
            await demo.provision(lab.bench, lab._own.introduction(DEMO_TERMINAL, True, "ecb"), SETTINGS)
            await till.bench.power_on()
            # Joined and signed on: the host has been asked.  What has lost its record with the key is not reversed unasked.
            await till.shows("REVERSAL_FAILED", "Bank keeps the debit")

    asyncio.run(run())
