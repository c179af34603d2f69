// How many files and connections this process may have open at once.
#pragma once

#include "common/base/result.h"

namespace decant {

// Raises this process's limit, and that of the processes it starts later, as far as the system
// lets it. kNoSpace where that is fewer than `needed`: told before anything is begun, since
// libraries below us end the process where they are refused one.
Status allow_descriptors(int needed);

// From here on, where a library ends this process since no descriptor is left (libzmq does when it
// is refused one for a connection), a sentence says so and the exit status is 1. Any other SIGABRT
// is what it was. To be called once, at the start of a program.
void explain_lack_of_descriptors();

}  // namespace decant
