"""Terminals on the bench, the host they talk to, and what puts both together."""
