"""The slot that this image was started from, where it has two (boards/esp32_devkitc: an image of our own).

After an update the boot loader starts the new image once.  Unless that one says that it works, the next start is the image
before it again: an update that cannot sell, or restarts for ever, undoes itself (ESP-IDF programming guide, "App Rollback").
"""

from esp32 import Partition


def works() -> None:
    """This image works: stay with it."""
    try:
        Partition.mark_app_valid_cancel_rollback()
    except (AttributeError, OSError):
        pass  # MicroPython's own download has no slots, and a first image nothing to go back to
