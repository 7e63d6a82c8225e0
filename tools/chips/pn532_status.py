"""Status codes of the PN532's answers (UM0701-02 7.1), and its refusal of a malformed command."""

# Status codes, UM 7.1.
OK = 0x00
TIMEOUT = 0x01
BAD_CRC = 0x02
COLLISION = 0x06
BAD_PARAMETER = 0x10
BAD_FORMAT = 0x13
AUTHENTICATION = 0x14
BAD_CONTEXT = 0x27
MORE = 0x40


class Syntax(Exception):
    """The command's parameters do not follow the manual: the chip sends its error frame."""
