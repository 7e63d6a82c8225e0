"""EMV contactless, from SELECT PPSE to field 55: `tap.read_card` tells the story from top to bottom.

Sources: EMV Contactless Book B (selection), Book C-3 (Visa), Book C-2 (Mastercard), EMV Books 3 and 4.
Offline data authentication is not done: this terminal asks the issuer about every sale.
"""
