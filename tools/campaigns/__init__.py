"""Long runs of the whole terminal: power cuts at every step, and the benchmark."""
