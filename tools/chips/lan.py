"""Model of the network behind the access point: the router, its name server, and another station with our address.

What a station's lwIP does is its own and is modelled here too, as far as it decides what gets anywhere:

- an address that is offered by DHCP is looked for by ARP first, and declined when somebody has it (lwIP, dhcp.c); so a station
  that joins an access point whose offer is taken has none, and nothing says why;
- once it has the address, a second station with it is not noticed.  What comes for both goes to the one that the router heard
  last (RFC 826), so some answers arrive and others do not, and no TCP connection comes about: the other station resets it;
- what the mask makes a neighbour is looked for by ARP and never sent to the router; everything else goes to the router, also when
  the router's own address is outside of the mask (lwIP, etharp.c: etharp_output).
"""

_OWN, _MASK, _ROUTER, _SERVER = range(4)
_NONE = "0.0.0.0"


def _number(dotted: str) -> int:
    value = 0
    for part in dotted.split("."):
        value = value << 8 | int(part)
    return value


class Lan:
    """`lease` is what DHCP hands out: address, mask, router, name server.  `point` is the wifi_ap.AccessPoint in front.

    `router` says whether the router is there, `echoes` whether it answers echo requests, `names` whether its name server
    answers.  The router is the only neighbour.
    """

    def __init__(self, point):
        self.point = point
        self.lease = ("192.168.4.20", "255.255.255.0", "192.168.4.1", "192.168.4.1")
        self.router = True
        self.echoes = True
        self.names = True
        self._turn = 0

    def _comes_back(self) -> bool:
        """Does the answer come to us, and not to the other station with our address?"""
        if not self.point.taken:
            return True
        self._turn += 1
        return self._turn % 3 == 0

    def echo(self, address: str) -> bool:
        """Is an echo request to this address answered, and does the answer arrive?"""
        return self.router and self.echoes and address == self.lease[_ROUTER] != _NONE and self._comes_back()

    def resolves(self) -> bool:
        """Does a question to the name server get its answer?"""
        return self.names and self.router and self.lease[_SERVER] != _NONE and self._comes_back()

    def connects(self, address: str) -> bool:
        """Can a TCP connection to an address outside of this network come about?"""
        mask = _number(self.lease[_MASK])
        taken_for_near = not (_number(address) ^ _number(self.lease[_OWN])) & mask
        return self.router and self.lease[_ROUTER] != _NONE and not self.point.taken and not taken_for_near
