# For those who build their own MicroPython: freezes the firmware into the image, so that its code takes no heap.
#   make -C ports/esp32 BOARD=ESP32_GENERIC FROZEN_MANIFEST=<this file>
include("$(PORT_DIR)/boards/manifest.py")
require("ssd1306")
package("taptill", base_path="../../firmware", opt=3)
module("main.py", base_path="../../firmware", opt=3)
module("board.py", opt=3)
