"""What a board's table of wires says, without a board: read here, held against the facts of its chip, and drawn.

Whether a board that is plugged in may run the terminal is another question, and another module's: till.live_board asks it.
"""
