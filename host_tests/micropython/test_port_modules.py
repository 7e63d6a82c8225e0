"""`esp32`, `network` and `machine` of the bench against MicroPython 1.25's ESP32 port, rule by rule.

esp32_partition.c, esp32_nvs.c, network_wlan.c, network_common.c, machine_wdt.c, mphalport.c (check_esp_err: OSError of the
negated number and its name); ESP-IDF's esp_partition.h and esp_ota_ops.h for the numbers.
"""

import io
import os
import sys

HERE = __file__[: __file__.rfind("/")] if "/" in __file__ else "."
sys.path += [HERE + "/../../tools/bench", HERE + "/../../tools/bench/hardware"]

import esp32
import machine
import network
from expect import raises
from world import World

from chips import wifi_ap
from chips.flash import BLOCK, Flash
from chips.slots import Slots

FOLDER = HERE + "/port-state"
OWN = (
    (1, 2, 0x9000, 0x4000, "nvs", False),
    (1, 0, 0xD000, 0x2000, "otadata", False),
    (0, 16, 0x10000, 0x180000, "ota_0", False),
    (0, 17, 0x190000, 0x180000, "ota_1", False),
    (1, 0x81, 0x310000, 4 * BLOCK, "vfs", False),
)
DOWNLOAD = ((1, 2, 0x9000, 0x6000, "nvs", False), (0, 0, 0x10000, 0x1F0000, "factory", False))


def board(partitions=OWN, slots=True):
    """A board whose state nobody has seen before."""
    try:
        os.mkdir(FOLDER)
    except OSError:
        for name in os.listdir(FOLDER):
            os.remove(FOLDER + "/" + name)
    world = World("", lambda event: None, lambda: None)
    world.partitions, world.state_dir = partitions, FOLDER
    world.slots = Slots(FOLDER) if slots else None
    world.flash = Flash(io.BytesIO(b"\xff" * (4 * BLOCK)), 4)
    world.station = wifi_ap.Station(wifi_ap.AccessPoint("shop", "secret"), lambda: world.now)
    world.now = 0
    machine.attach(world)
    return world


def away():
    for name in os.listdir(FOLDER):
        os.remove(FOLDER + "/" + name)
    os.rmdir(FOLDER)


def args(kind, *call):
    return raises(kind, *call).args


def test_partitions_are_found_by_number_label_type_and_subtype():
    board()
    Partition = esp32.Partition
    assert Partition(Partition.RUNNING).info() == OWN[2] == Partition(Partition.BOOT).info()
    assert Partition("vfs").info() == OWN[4] and Partition("ota_1", 512).ioctl(5, 0) == 512
    names = lambda found: [one.info()[4] for one in found]
    assert names(Partition.find()) == ["ota_0", "ota_1"] == names(Partition.find(Partition.TYPE_APP))
    assert names(Partition.find(Partition.TYPE_DATA)) == ["nvs", "otadata", "vfs"]
    assert names(Partition.find(1, 2)) == ["nvs"] and names(Partition.find(label="ota_1")) == ["ota_1"]
    assert Partition.find(label="vfs") == [] and names(Partition.find(1, label="vfs")) == ["vfs"]
    assert args(OSError, Partition, "factory") == (2,) and args(ValueError, Partition, 2) == ()
    assert repr(Partition("nvs")) == "<Partition type=1, subtype=2, address=36864, size=16384, label=nvs, encrypted=0>"
    away()


def test_a_partition_is_a_block_device():
    world = board()
    vfs = esp32.Partition("vfs")
    assert [vfs.ioctl(operation, 0) for operation in range(1, 6)] == [0, 0, 0, 4, BLOCK]
    assert vfs.ioctl(99, 0) is None and vfs.ioctl(6, 1) == 0 and world.flash.erases == 1
    vfs.writeblocks(1, b"here", 8)
    back = bytearray(4)
    vfs.readblocks(1, back, 8)
    assert back == b"here"
    vfs.writeblocks(1, bytes(BLOCK))  # the simple form erases first
    assert world.flash.erases == 2
    vfs.readblocks(1, back)
    assert back == bytes(4)
    assert args(OSError, vfs.readblocks, 3, back, BLOCK - 3) == (-260, "ESP_ERR_INVALID_SIZE")
    assert args(OSError, vfs.writeblocks, 5, back) == (-258, "ESP_ERR_INVALID_ARG")
    assert args(OSError, vfs.ioctl, 6, 4) == (-260, "ESP_ERR_INVALID_SIZE")
    assert esp32.Partition("vfs", 512).ioctl(6, 0) == -22
    away()


def test_two_slots_and_none():
    Partition = esp32.Partition
    board()
    running = Partition(Partition.RUNNING)
    assert args(OSError, Partition.mark_app_valid_cancel_rollback) == (1, "ESP_FAIL")  # otadata was never written
    following = running.get_next_update()
    assert following.info()[4] == "ota_1" and following.get_next_update().info()[4] == "ota_0"
    assert args(OSError, Partition("nvs").set_boot) == (-258, "ESP_ERR_INVALID_ARG")
    following.set_boot()
    assert Partition(Partition.BOOT).info()[4] == "ota_1" and Partition(Partition.RUNNING).info()[4] == "ota_0"
    assert Partition.mark_app_valid_cancel_rollback() is None is running.mark_app_valid_cancel_rollback()
    board(DOWNLOAD, slots=False)
    running = Partition(Partition.RUNNING)
    assert running.info()[4] == "factory"
    assert args(OSError, running.get_next_update) == (2,)
    assert args(OSError, running.set_boot) == (-261, "ESP_ERR_NOT_FOUND")
    assert args(OSError, running.mark_app_valid_cancel_rollback) == (-261, "ESP_ERR_NOT_FOUND")
    away()


def test_nvs_is_one_for_all_its_handles():
    board()
    one, other = esp32.NVS("shop"), esp32.NVS("shop")
    assert args(OSError, one.get_i32, "n") == (-0x1102, "ESP_ERR_NVS_NOT_FOUND")
    one.set_i32("n", 7)
    assert other.get_i32("n") == 7
    assert args(OSError, esp32.NVS("other").get_i32, "n")[0] == -0x1102
    one.commit()
    assert args(OSError, esp32.NVS, "a-name-of-16-char")[0] == -0x1106
    away()


def test_what_wlan_refuses():
    world = board()
    wlan = network.WLAN()
    assert args(ValueError, network.WLAN, 7) == ("invalid WLAN interface identifier",)
    assert wlan.active() is False and wlan.isconnected() is False and wlan.status() == network.STAT_IDLE
    assert wlan.ifconfig() == ("0.0.0.0",) * 4
    for call in (
        wlan.disconnect,
        lambda: wlan.config(reconnects=0),
        lambda: wlan.config("mac"),
        lambda: wlan.connect("shop", "x"),
    ):
        assert args(OSError, call) == ("Wifi Not Started",)
    assert args(OSError, wlan.scan) == ("STA must be active",)
    assert wlan.active(True) is True is wlan.active()
    assert args(OSError, wlan.status, "rssi") == ("Wifi Not Connected",)
    assert args(OSError, wlan.status, "stations") == ("AP required",) == args(OSError, lambda: wlan.config(essid="x"))
    assert args(ValueError, wlan.status, "speed") == ("unknown status param",)
    assert args(ValueError, wlan.config, "speed") == ("unknown config param",) == args(ValueError, lambda: wlan.config(speed=1))
    raises(TypeError, wlan.config)
    raises(TypeError, lambda: wlan.config("mac", pm=1))
    raises(TypeError, lambda: wlan.connect(ssid="shop"))
    raises(TypeError, wlan.connect, "shop", "secret", "more")
    assert wlan.config("reconnects") == -1 and wlan.config("mac") == machine.unique_id()
    wlan.connect("shop", "secret")
    assert args(OSError, wlan.connect) == ("Wifi Internal Error",)  # a join is under way
    world.now = 300
    assert wlan.isconnected() and wlan.status() == network.STAT_GOT_IP and wlan.config("ssid") == "shop"
    assert [len(point) for point in wlan.scan()] == [6]
    away()


def test_there_is_one_watchdog():
    told = []
    world = board()
    world.send = told.append
    world.at = lambda delay, action: None
    assert args(ValueError, lambda: machine.WDT(1)) == () and args(ValueError, lambda: machine.WDT(timeout=0))[0]
    assert machine.WDT(timeout=5000) is machine.WDT(timeout=300)
    assert [event["ms"] for event in told if event["ev"] == "wdt"] == [5000, 300]
    away()
