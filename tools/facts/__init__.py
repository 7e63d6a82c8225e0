"""What bytes mean: every command, tag, field, code and status word with its source, decoded to the bit.

The facts are tables (folder `tables`, its README says how they are written); this package reads them (`book`), decodes
values by them (`decode`, `formats`) and gives them to the page (`page`).
"""
