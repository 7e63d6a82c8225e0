"""What the ESP32 port's start mounts (ports/esp32/modules/flashbdev.py): `bdev` is the block device."""

bdev = None
