"""What people read: sentences, response codes, currencies, and the names of fields, types and tags."""
