# What TapTill's own image has frozen in.  build/frozen is laid out by `till freeze`, as `make image-esp32` does it first.
# opt=2 leaves the numbers of lines in, 15 kB of them: a crash report without them could not say where it was.
# The port's own boards/manifest.py is left out: of what it brings, the firmware needs these two.
freeze("$(PORT_DIR)/modules")
include("$(MPY_DIR)/extmod/asyncio")
require("ssd1306")
package("taptill", base_path="../../build/frozen", opt=2)
module("main.py", base_path="../../build/frozen", opt=2)
module("board.py", base_path="../../build/frozen", opt=2)
