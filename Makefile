# make demo   prepare everything and play the story      make test   run every test
# make help   the rest
