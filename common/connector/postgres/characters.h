// What the texts of a database can hold that is in another encoding than UTF-8. Private to this
// folder.
#pragma once

#include <memory>

#include "common/connector/postgres/connection.h"
#include "common/value/characters.h"

namespace decant::postgres {

// Whether the database holds every text: it is in UTF-8, or in none (SQL_ASCII).
bool holds_all_characters(const Connection& connection);

// Of a database that does not. The connection is kept for the questions, and must not be in a
// transaction.
std::unique_ptr<CharacterSet> characters_of(std::unique_ptr<Connection> connection);

}  // namespace decant::postgres
