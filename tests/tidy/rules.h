#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

#include "tests/tidy/source_tree.h"

namespace decant::tidy {

// A place where the tree breaks one of its own rules. Lines count from 1; 0 means the file as a
// whole.
struct Violation {
  std::string path;
  std::size_t line_number = 0;
  std::string why;
};

std::ostream& operator<<(std::ostream& out, const Violation& violation);

using Violations = std::vector<Violation>;

// Includes are root-relative and point down the layers: base < value < digest < job < connector <
// wire < ledger < coordinator | worker (messages carry the connectors' plain data). The adapters
// below connector/ are named by connector/adapters and by a main.cc only, and the product never
// includes tests, benchmarks or examples.
Violations check_layers(const std::vector<SourceFile>& files);

// A vendor's header is seen only by the adapter that hides it.
Violations check_vendor_headers(const std::vector<SourceFile>& files);

// No file of code is longer than 400 lines.
Violations check_length(const std::vector<SourceFile>& files);

// Nothing names a path of the machine it was written on.
Violations check_machine_paths(const std::vector<SourceFile>& files);

// No code is left unfinished with a mark that says so.
Violations check_unfinished_marks(const std::vector<SourceFile>& files);

// Each top folder says in its README.md what lives there.
Violations check_readmes(const std::vector<SourceFile>& files);

}  // namespace decant::tidy
