#include "common/connector/postgres/characters.h"

#include "common/connector/postgres/refusals.h"

namespace decant::postgres {
namespace {

// As a literal of their UTF-8 bytes, which the server takes whatever its encoding is.
std::string literal_of(std::u32string_view characters) {
  constexpr std::string_view k_digits = "0123456789abcdef";
  std::string literal = "decode('";
  for (const char32_t character : characters) {
    for (const char byte : utf8_of(character)) {
      const auto bits = static_cast<unsigned char>(byte);
      literal += {k_digits[bits >> 4], k_digits[bits & 15]};
    }
  }
  return literal + "', 'hex')";
}

// There and back, since some encodings have one character for two of ours.
Result<bool> holds_all(Connection& connection, const std::string& encoding,
                       std::u32string_view characters) {
  const std::string literal = literal_of(characters);
  const auto answer = connection.run("SELECT convert(convert(" + literal + ", 'UTF8', '" +
                                     encoding + "'), '" + encoding + "', 'UTF8') = " + literal);
  if (answer) return std::string_view(PQgetvalue(answer->get(), 0, 0)) == "t";
  if (is_row_refusal(answer.error())) return false;
  return fail(answer.error());
}

}  // namespace

bool holds_all_characters(const Connection& connection) {
  const std::string encoding = connection.server_encoding();
  return encoding.empty() || encoding == "UTF8" || encoding == "SQL_ASCII";
}

std::unique_ptr<CharacterSet> characters_of(std::unique_ptr<Connection> connection) {
  const std::string encoding = connection->server_encoding();
  return std::make_unique<CharacterSet>(
      encoding,
      [connection = std::shared_ptr<Connection>(std::move(connection)), encoding](
          std::u32string_view characters) { return holds_all(*connection, encoding, characters); });
}

}  // namespace decant::postgres
