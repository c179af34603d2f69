// What PostgreSQL's SQLSTATE means for Decant: the code, the sentence a person reads, and what to
// do about it.
//
// PostgreSQL puts values into the detail of a message, and into the message itself for unreadable
// literals. Neither comes through here: a message is built from the SQLSTATE, the table and the
// constraint, and from the server's primary message only up to the point where a value would
// follow.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace decant::postgres {

ErrorCode code_of_sqlstate(std::string_view sqlstate);
std::string advice_for_sqlstate(std::string_view sqlstate);

// What libpq says when a connection fails, on several lines and with a question, as one sentence
// without its full stop.
std::string one_sentence(std::string_view libpq_text);

// The fields of a server's error, as plain text.
struct ServerError {
  std::string sqlstate;
  std::string message;
  std::string table;
  std::string constraint;
  std::string column;
  std::string schema;  // of the table
};

// A catalog's own unique index refuses a name that another session takes at the same moment: that
// is 42P07, and no refusal of rows.
Error to_error(const ServerError& error);

}  // namespace decant::postgres
