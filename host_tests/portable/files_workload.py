"""What a terminal does to its files, a little of each: on MicroPython's LittleFS and on the simulator's (test_sim_littlefs.py).

On MicroPython: micropython files_workload.py IMAGE BLOCKS [READ].  Without READ the image is made anew and written.  It tells a
JSON object: the operations of the flash, the sizes from statvfs, and what is read of every file.
"""


def work(folder, rounds: int) -> None:
    """`folder` is a taptill Folder; ends with files of every size a terminal has, in two folders."""
    folder.begin()
    log = folder.inner("log")
    log.own()
    for turn in range(rounds):
        folder.write("intent", b"%080d" % turn)
        folder.write("counters", b"%032d" % (turn * turn))
        folder.append("batch", b"%064d" % turn)
        log.append("now", "%06d sale, all is well\n" % turn)
        if turn % 9 == 8:
            log.rename("now", "before")
            folder.blank("blank", 640)
        if turn % 5 == 4:
            folder.remove("intent")
    folder.write("intent", b"last")


def told(folder) -> dict:
    """Everything that can be read, by name; contents as text."""
    found = {}
    for inner, within in ((folder, ""), (folder.inner("log"), "log/")):
        for name in inner.names():
            if name != "log":
                found[within + name] = (inner.read(name) or b"").decode()
    return found


def _main(path: str, blocks: int, make: bool) -> None:
    import json
    import sys

    sys.path.append("../../tools")
    sys.path.append("../../firmware")

    import vfs

    from chips.flash import BLOCK, Flash, blank
    from taptill.adapters.files import Folder

    if make:
        with open(path, "wb") as image:
            blank(image, blocks)
    operations = []

    class Noting(Flash):
        """Tells the operations with their places."""

        def _program(self, block, data, offset):
            super()._program(block, data, offset)
            operations.append(("program", block, offset, len(data)))

        def _erase(self, block):
            super()._erase(block)
            operations.append(("erase", block, 0, 0))

        def ioctl(self, operation, argument):
            if operation == 3:
                operations.append(("sync", 0, 0, 0))
            return super().ioctl(operation, argument)

    assert BLOCK == 4096
    flash = Noting(open(path, "r+b"), blocks)
    if make:
        vfs.VfsLfs2.mkfs(flash)
    vfs.mount(vfs.VfsLfs2(flash), "/board")
    folder = Folder("/board/data")
    if make:
        work(folder, 60)
    print(json.dumps({"operations": operations, "space": folder.space(), "files": told(folder), "faults": flash.faults}))


if __name__ == "__main__":
    import sys

    _main(sys.argv[1], int(sys.argv[2]), len(sys.argv) == 3)
