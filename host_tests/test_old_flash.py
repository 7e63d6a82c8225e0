"""Flash images written by earlier versions, with a reversal aboard: the firmware of today settles it and reads the old journal.

Each file of fixtures/flash holds the folder of a lab (terminal and host): approved 12.50, declined, reversed, approved in part
(3.00 of 5.00), and one of 12.50 that is still open.  How a new one is made stands in fixtures/flash/README.md.
"""

import asyncio
import json
import os
import pathlib
import tarfile

import pytest
from test_bench_sale import IDLE, SETTINGS, Till, on_flash, options

from rig.lab import Lab

IMAGES = sorted((pathlib.Path(__file__).parent / "fixtures" / "flash").glob("*.tar.xz"))


def test_there_is_an_image_of_the_first_version():
    assert [path.name for path in IMAGES][:1] == ["v1.tar.xz"]


def _host_at(folder: pathlib.Path, port: int) -> None:
    """Host and terminal agree on this port: the one that the image was made with may be anybody's today.

    A reversal belongs to the host that it was sent to, and of these intents nothing says which that was but the settings.
    """
    code = "import json\nconfig = json.load(open('/data/config.json'))\n"
    on_flash(folder / "terminal", code + f"config['port'] = {port}\nwrite('config.json', json.dumps(config))")
    (folder / "host" / "ports.json").write_text(json.dumps({"tls": port}))


@pytest.mark.parametrize("image", IMAGES, ids=lambda path: path.name)
@pytest.mark.parametrize("code", ["rom", "lfs"])
def test_an_open_reversal_of_an_earlier_version_is_settled_and_its_journal_read(tmp_path, image, code):
    with tarfile.open(image) as archive:
        archive.extractall(tmp_path, filter="data")

    _host_at(tmp_path, 15000 + os.getpid() % 10000)

    async def run():
        heap = "320k" if code == "rom" else "600k"
        async with Lab(tmp_path, settings=SETTINGS, options=options(code=code, heap=heap)) as lab:
            till = Till(lab)
            await till.shows("REVERSED", "12.50")
            await till.back()
            records = await till.agrees("approved", "declined", "reversed", "partial", "reversed")
            assert [record["stan"] for record in records] == [2, 3, 4, 5, 6]
            assert [record["amount"] for record in records] == [1250, 1250, 700, 500, 1250]
            await till.sale("75", "visa-debit", "APPROVED")
            assert till.bench.text().names == [IDLE]

    asyncio.run(run())
