"""bench/peers: see bench/README.md."""
import sys

from peers_lib.main import main

sys.exit(main(sys.argv[1:]))
