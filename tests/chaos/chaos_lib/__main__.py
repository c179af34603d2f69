"""tests/chaos/run: see tests/chaos/README.md."""
import sys

from chaos_lib.main import main

sys.exit(main(sys.argv[1:]))
