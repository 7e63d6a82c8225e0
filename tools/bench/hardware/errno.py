"""MicroPython's `errno` as the ESP32 port has it: newlib's numbers, which are not Linux's from 96 on.

Source: newlib, sys/errno.h; ports/esp32 takes its MP_E… from there (MICROPY_USE_INTERNAL_ERRNO is 0).  The names are
those of py/moderrno.c.

The compiler of the unix port replaces `errno.ENAME` in a source by Linux's number before this module is asked (mpy-cross
does not); `from errno import ENAME` it leaves alone.
"""

EPERM = 1
ENOENT = 2
EIO = 5
EBADF = 9
EAGAIN = 11
ENOMEM = 12
EACCES = 13
EEXIST = 17
ENODEV = 19
EISDIR = 21
EINVAL = 22
EOPNOTSUPP = 95
ECONNRESET = 104
ENOBUFS = 105
ECONNREFUSED = 111
EADDRINUSE = 112
ECONNABORTED = 113
ETIMEDOUT = 116
EHOSTUNREACH = 118
EINPROGRESS = 119
EALREADY = 120
ENOTCONN = 128

errorcode = {number: name for name, number in globals().items() if name[0] == "E"}
