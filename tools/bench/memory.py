"""What the port's memory would be at, of this processor: what ESP-IDF has, and how far Python's heap has grown out of it.

Of the VM's heap nothing can be seen while it allocates.  So growth is followed where the port's memory matters: whenever the
firmware collects or asks for its memory, and before the radio or TLS take theirs.  What was live for a moment in between is
missed.  Objects are twice as large here as on the chip, and counted so.
"""

import gc

from chips.idf_heap import IdfHeap, OutOfMemory, PythonHeap

SCALE = 2  # bytes of this 64-bit VM for one of the chip's
_PIECE = 4096
_FILLING = (_PIECE, 512, 64)  # of this VM's holes, from the large to the small
_SLOT = 8  # bytes of an item of a list
_HEADER = 32  # bytes of a list beside its items
_STREWN = 4  # one in so many of the free bytes is in small holes
_PLENTY = 512 * 1024  # bytes of this VM: nobody who has so many free looks for a hole, and to fill them takes long
WALL = 16384


class Memory:
    """Memory of `chip` (chip.Chip); `aborted(why)` is what ESP-IDF does when it has none.

    `grows`: Python's heap grows as the port's, and has no more in the end; else it is one area of the size that the bench was
    given, and only ESP-IDF's memory is as on the chip.
    """

    def __init__(self, chip, grows: bool, aborted):
        self.idf = IdfHeap(chip.areas)
        self.heap = PythonHeap(self.idf, chip.heap)
        self.grows = grows
        self._needs = {"wifi": chip.wifi, "tls": chip.tls}
        self._aborted = aborted
        self._taken = {}  # what took it -> out of which pieces
        self._kept = []  # from the VM: what the chip has no more; all of it takes so many bytes:
        self._kept_bytes = 0
        self._ballast = []  # from the VM: what it has beside the firmware's share, and the walls in that
        self._others = 0  # bytes of the VM's heap that are not the firmware's

    def begin(self, spare: int, shared: int) -> int:
        """The firmware starts: `spare` bytes of what is free are not for it, `shared` of what is taken are its own.

        The bytes of the VM's heap that are not the firmware's from now on.
        """
        if self.grows:
            areas = self._walled()
            self._ballast += _pieces(spare - WALL * len(areas))
            areas.clear()
        else:
            self._ballast.append(bytearray(spare))
        gc.collect()
        self._others = gc.mem_alloc() - shared
        if self.grows:
            self._keep()
        return self._others

    def end(self) -> None:
        """The firmware has ended: what it was not to have is there for what there is to tell."""
        self._ballast, self._kept, self._kept_bytes = [], [], 0

    def _walled(self) -> list:
        """What is free, divided as the chip's memory is: with walls between, no block is larger than the piece that it is in."""
        areas = []
        for size in [self.heap.size()] + [piece[2] for piece in self.idf.info() if piece[2]]:
            areas.append(bytearray(SCALE * size))
            self._ballast.append(bytearray(WALL))  # too large for the holes before: it lies behind its area
        return areas

    def live(self) -> int:
        """The chip's bytes that the firmware has allocated."""
        return max(0, gc.mem_alloc() - self._others - self._kept_bytes) // SCALE

    def follow(self) -> None:
        """Collect, and grow as what is still live would have let the heap grow."""
        gc.collect()
        if self.grows:
            self.heap.hold(self.live())
            self._keep()

    def free(self) -> int:
        """As gc.mem_free() of the port."""
        if self.live() > self.heap.size():
            self.follow()
        return max(0, self.heap.free(self.live()))

    def take(self, what: str) -> None:
        """The radio or TLS takes its memory, once."""
        if what in self._taken:
            return
        self.follow()
        try:
            self._taken[what] = self.idf.take_strewn(self._needs[what], what)
        except OutOfMemory:
            self._aborted("abort(): no memory for " + what + ", Python's heap has " + str(self.heap.areas))
        if self.grows:
            self._keep()

    def give_back(self, what: str) -> None:
        taken = self._taken.pop(what, None)
        if taken:
            self.idf.give_back(taken)
            if self.grows:
                self._keep()

    def _keep(self) -> None:
        """Leave the VM what the chip's heap has and could still grow by: an allocation too many ends in its MemoryError.

        Taken as they come, the small holes between the models' objects would be all that is left, and no block of 2 kB found
        room in them: strewn is the models' memory, not the chip's.  So everything is taken, the large holes first, and given
        back: a part of it in small holes, as in a heap that has been at work for a while, the rest in large ones.
        """
        self._kept, self._kept_bytes = [], 0
        gc.collect()
        before = gc.mem_alloc()
        room = SCALE * (self.heap.limit() - self.live())
        if room > _PLENTY:
            self._kept = _pieces(gc.mem_free() - room)
        else:
            self._kept = [_chain(size) for size in _FILLING]
            _give_back(self._kept, room - gc.mem_free())
        gc.collect()
        self._kept_bytes = gc.mem_alloc() - before


def _chain(size: int):
    """All that there is room for, in pieces of `size` bytes: lists, the first item of each is the next, of the last None.

    One list of all of them would find no room where only small holes are left.
    """
    first = None
    try:
        while True:
            piece = [None] * (size // _SLOT)
            piece[0] = first
            first = piece
    except MemoryError:
        return first


def _give_back(chains: list, room: int) -> None:
    """Let go of `room` bytes of the chains of _FILLING."""
    strewn = room // _STREWN
    for at, size in reversed(list(enumerate(_FILLING))):
        part = min(room, strewn) if at else room
        while chains[at] and part > 0:
            chains[at] = chains[at][0]
            part -= size + _HEADER
            room -= size + _HEADER
            strewn -= size + _HEADER


def _pieces(size: int) -> list:
    """So many bytes in pieces, whole ones; less where the heap is strewn."""
    kept = []
    try:
        for _ in range(size // _PIECE):
            kept.append(bytearray(_PIECE))
    except MemoryError:
        return kept
    return kept
