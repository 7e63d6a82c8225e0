"""Evidence files of terminals: read, checked and explained."""
