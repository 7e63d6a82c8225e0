"""MicroPython's `network` for the ESP32, on the bench: a station in front of the access point of chips.wifi_ap.

Calls that the port refuses are refused here with its own words (network_common.c, esp_exceptions_helper).
"""

import machine

from chips import wifi_ap

STA_IF = 0
AP_IF = 1

STAT_IDLE = wifi_ap.STAT_IDLE
STAT_CONNECTING = wifi_ap.STAT_CONNECTING
STAT_GOT_IP = wifi_ap.STAT_GOT_IP
STAT_NO_AP_FOUND = wifi_ap.NO_AP_FOUND
STAT_WRONG_PASSWORD = wifi_ap.WRONG_PASSWORD
STAT_BEACON_TIMEOUT = wifi_ap.BEACON_TIMEOUT
STAT_ASSOC_FAIL = 203
STAT_HANDSHAKE_TIMEOUT = 204

_NOTHING = ("0.0.0.0", "0.0.0.0", "0.0.0.0", "0.0.0.0")


def hostname(name=None):
    if name is None:
        return "mpy-esp32"


def country(code=None):
    if code is None:
        return "XX"


_OF_POINT = ("hidden", "security", "authmode", "key", "password", "max_clients")  # of an access point only
_SETTINGS = ("pm", "hostname", "txpower", "mac", "dhcp_hostname", "protocol", "channel")


class WLAN:
    IF_STA = STA_IF
    IF_AP = AP_IF
    PM_NONE = 0
    PM_PERFORMANCE = 1
    PM_POWERSAVE = 2

    def __init__(self, interface=STA_IF):
        if interface == AP_IF:
            raise ValueError("only the station is modelled")
        if interface != STA_IF:
            raise ValueError("invalid WLAN interface identifier")
        world = machine.world()
        if world.memory:
            world.memory.take("wifi")  # the port's constructor initialises the driver
        self._station = world.station

    def active(self, on=None):
        if on is None:
            return self._station.active
        self._station.set_active(bool(on))
        return self._station.active

    def connect(self, *network, bssid=None):
        """Name and password by their places only: the port has no names for them."""
        if len(network) > 2:
            raise TypeError("extra positional arguments given")
        ssid, key = (network + (None, None))[:2]
        self._station.connect(ssid, key or "")

    def disconnect(self):
        self._station.disconnect()

    def isconnected(self):
        return self._station.connected()

    def status(self, what=None):
        if what is None:
            return self._station.status()
        if what == "rssi":
            return self._station.rssi()
        if what == "stations":
            raise OSError("AP required")
        raise ValueError("unknown status param")

    def config(self, what=None, **settings):
        if what is not None and settings:
            raise TypeError("either pos or kw args are allowed")
        if what is None and not settings:
            raise TypeError("can query only one param")
        if not self._station.active:
            raise OSError("Wifi Not Started")
        if (what or "") in _OF_POINT or any([name in _OF_POINT for name in settings]):
            raise OSError("AP required")
        if what is None:
            for name in settings:
                if name == "reconnects":
                    self._station.set_reconnects(settings[name])
                elif name in ("ssid", "essid"):
                    raise OSError("AP required")  # of the station it is what connect() was told
                elif name not in _SETTINGS:
                    raise ValueError("unknown config param")
            return None
        if what == "reconnects":
            return self._station.reconnects()
        if what == "mac":
            return machine.unique_id()
        if what in ("ssid", "essid"):
            return self._station.ssid
        if what == "pm":
            return WLAN.PM_PERFORMANCE
        raise ValueError("unknown config param")

    def ifconfig(self, value=None):
        if value is None:
            return machine.world().lan.lease if self._station.connected() else _NOTHING

    def scan(self):
        if not self._station.active:
            raise OSError("STA must be active")
        point = self._station.point
        if not point.up or self._station.joining():
            return []  # the port keeps silent about a scan that is refused
        return [(point.ssid.encode(), b"\x24\x6f\x28\x00\x00\x99", 6, point.level, 3 if point.password else 0, False)]
