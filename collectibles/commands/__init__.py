"""What the command line's commands do; collectibles/cli.py reads the arguments."""
