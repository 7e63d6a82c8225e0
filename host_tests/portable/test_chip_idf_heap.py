"""Python's heap as it grows out of ESP-IDF's, against the rules of MicroPython 1.25 (py/gc.c, gc_try_add_heap; py/modgc.c)."""

from expect import raises

from chips.idf_heap import IdfHeap, OutOfMemory, PythonHeap

KB = 1024


def test_it_doubles_takes_what_is_left_and_then_nothing():
    idf = IdfHeap([(100 * KB, 90 * KB), (300 * KB, 300 * KB)])
    heap = PythonHeap(idf, 64 * KB)
    assert heap.hold(64 * KB) and heap.areas == [64 * KB]  # grows only when it has to
    assert heap.hold(64 * KB + 1) and heap.areas == [64 * KB, 64 * KB]
    assert heap.grow() and heap.areas[2] == 128 * KB
    assert heap.grow() and heap.areas[3] == 90 * KB  # 256 kB are wanted, this is the largest free block
    assert heap.grow() and heap.areas[4] == 44 * KB
    assert not heap.grow() and not heap.hold(heap.size() + 1)
    assert idf.info() == [(100 * KB, 0, 0, 0), (300 * KB, 0, 0, 0)]


def test_a_large_allocation_gets_an_area_of_its_size_or_none():
    """With what it takes beside the allocation: 13/512, no less than 2 kB."""
    for failed, area in ((200 * KB, 200 * KB * 525 // 512), (70 * KB, 72 * KB)):
        heap = PythonHeap(IdfHeap([(300 * KB, 300 * KB)]), 64 * KB)
        assert heap.grow(failed) and heap.areas == [64 * KB, area]
    heap = PythonHeap(IdfHeap([(64 * KB, 64 * KB), (50 * KB, 50 * KB)]), 64 * KB)
    assert not heap.grow(49 * KB) and heap.areas == [64 * KB]
    assert heap.grow(48 * KB) and heap.areas == [64 * KB, 50 * KB]


def test_what_is_free_counts_the_largest_block_that_it_could_take():
    idf = IdfHeap([(20 * KB, 20 * KB), (100 * KB, 100 * KB)])
    heap = PythonHeap(idf, 56 * KB)
    assert heap.free(6 * KB) == 50 * KB + 44 * KB
    assert heap.limit() == 120 * KB
    idf.take_strewn(20 * KB, "wifi")  # small pieces first
    assert heap.free(6 * KB) == 50 * KB + 44 * KB and heap.limit() == 100 * KB


def test_who_must_have_memory_and_finds_none():
    idf = IdfHeap([(20 * KB, 10 * KB), (100 * KB, 80 * KB)])
    taken = idf.take_strewn(50 * KB, "wifi")
    assert idf.info() == [(20 * KB, 0, 0, 0), (100 * KB, 40 * KB, 40 * KB, 40 * KB)]
    assert str(raises(OutOfMemory, idf.take_strewn, 41 * KB, "tls")) == "tls"
    raises(OutOfMemory, idf.take, 41 * KB)
    idf.give_back(taken)
    assert idf.info() == [(20 * KB, 10 * KB, 10 * KB, 0), (100 * KB, 80 * KB, 80 * KB, 40 * KB)]
