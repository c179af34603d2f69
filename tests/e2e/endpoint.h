// Where a coordinator of a test listens.
#pragma once

#include <string>

namespace decant::test {

// A port that nobody listens on: the same command has to come back to the same one.
std::string free_endpoint();

}  // namespace decant::test
