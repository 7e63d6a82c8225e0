"""`till load`: many terminals on one host, what it bears, and whether its books hold."""
