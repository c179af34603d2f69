// decant-micro-bench: each part of a row's way alone, and the coordinator's deciders with many
// chunks. bench/README.md says how it is run and compared.
#include <benchmark/benchmark.h>

BENCHMARK_MAIN();
