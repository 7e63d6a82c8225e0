"""Acts on a terminal, as a person does them: scripts, the story, the pictures."""
