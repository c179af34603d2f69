"""The harness of bench/peers: Decant beside its peers. bench/README.md is the place to start."""
