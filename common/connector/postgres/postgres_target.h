// PostgreSQL as a target: the coordinator's view, and the loaders of workers.
#pragma once

#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/connector/target.h"

namespace decant {

// `connection` is resolved. Reading a table back opens a connection of its own, so that sql() stays
// usable meanwhile.
Result<std::unique_ptr<Target>> open_postgres_target(const std::string& connection,
                                                     const std::string& application_name);

// Every loader has a connection and a transaction of its own, named by its plan's application_name.
std::unique_ptr<LoaderFactory> make_postgres_loader_factory(const std::string& connection);

}  // namespace decant
