// A database cluster as initdb makes it, made once for a build and copied for each server: initdb
// takes more processor time than most tests.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "common/base/result.h"

namespace decant::test {

// Makes the folder `data`, owned by that user. `initdb` makes it there where the build has no
// template yet for the programs in the folder `binaries`. Several processes may do so at once.
Status make_cluster(const std::string& binaries, const std::string& data, uid_t user, gid_t group,
                    const std::function<Status()>& initdb);

}  // namespace decant::test
