// How many files and connections this process may have open at once.
#pragma once

#include "common/base/result.h"

namespace decant {

// Raises this process's limit, and that of the processes it starts later, as far as the system
// lets it. kNoSpace where that is fewer than `needed`: told before anything is begun, since
// libraries below us end the process where they are refused one.
Status allow_descriptors(int needed);

}  // namespace decant
