"""Model of the memory of an ESP32: ESP-IDF's heap in its pieces, and the heap of Python that grows out of it.

Source: MicroPython 1.25, py/gc.c (gc_try_add_heap), ports/esp32/gccollect.c (gc_get_max_new_split) and modesp32.c
(idf_heap_info).  What ESP-IDF itself cannot give where it must have it ends in its abort().

Not modelled: pieces are never strewn, so the largest free block of a piece is all that is free of it; the tables that an area
of Python's heap begins with (2 % of it) count as usable.
"""

_BESIDE = 2048  # what a new area takes beside the allocation that failed, as long as 13/512 of it is less
_BLOCK = 16  # bytes of the smallest allocation


class OutOfMemory(Exception):
    """ESP-IDF has no memory where it must have some; the text says for what."""


class IdfHeap:
    """The pieces of the system's memory: [all of it, free of it at the start] each."""

    def __init__(self, areas):
        self._all = [area[0] for area in areas]
        self._free = [area[1] for area in areas]
        self._least = list(self._free)

    def largest(self) -> int:
        """Bytes of the largest free block."""
        return max(self._free)

    def take(self, size: int) -> None:
        """One block, out of the piece that has the largest."""
        at = self._free.index(self.largest())
        if self._free[at] < size:
            raise OutOfMemory("a block of %d bytes" % size)
        self._change(at, -size)

    def take_strewn(self, size: int, what: str) -> list:
        """Many small blocks, wherever they are, small pieces first; what `give_back` takes.  Raises OutOfMemory."""
        if sum(self._free) < size:
            raise OutOfMemory(what)
        taken = [0] * len(self._free)
        for at in sorted(range(len(taken)), key=lambda at: self._all[at]):
            part = taken[at] = min(size, self._free[at])
            self._change(at, -part)
            size -= part
        return taken

    def give_back(self, taken: list) -> None:
        for at, part in enumerate(taken):
            self._change(at, part)

    def usable(self, least: int) -> int:
        """Bytes free in pieces that have `least` of them."""
        return sum([free for free in self._free if free >= least])

    def _change(self, at: int, by: int) -> None:
        self._free[at] += by
        self._least[at] = min(self._least[at], self._free[at])

    def info(self) -> list:
        """As esp32.idf_heap_info: (all, free, largest free block, least that was ever free) of each piece."""
        return [(self._all[at], self._free[at], self._free[at], self._least[at]) for at in range(len(self._all))]


class PythonHeap:
    """Python's heap: it begins with `first` bytes out of `idf`, and takes an area more when an allocation finds no room in it."""

    def __init__(self, idf: IdfHeap, first: int):
        self._idf = idf
        idf.take(first)
        self.areas = [first]

    def size(self) -> int:
        return sum(self.areas)

    def grow(self, failed: int = _BLOCK) -> bool:
        """One more area, for an allocation of `failed` bytes: as much again as there is, but no more than the largest free block.

        False when that does not hold it: the allocation ends in a MemoryError.
        """
        needed = failed + max(_BESIDE, failed * 13 // 512)
        largest = self._idf.largest()
        if largest < needed:
            return False
        area = min(largest, max(self.size(), needed))
        self._idf.take(area)
        self.areas.append(area)
        return True

    def hold(self, live: int) -> bool:
        """Grow until `live` bytes have room, as allocation after allocation would let it; False when they never have."""
        while self.size() < live:
            if not self.grow():
                return False
        return True

    def limit(self) -> int:
        """Bytes that it could have in the end, if nobody else took any."""
        return self.size() + self._idf.usable(_BLOCK + _BESIDE)

    def free(self, used: int) -> int:
        """As gc.mem_free(): what is free of it, and the largest area that it could take now."""
        return self.size() - used + self._idf.largest()
