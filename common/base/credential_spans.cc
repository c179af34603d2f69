#include "common/base/credential_spans.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace decant {
namespace {

constexpr std::array<std::string_view, 9> k_secret_keys = {"password",    "pwd",     "passwd",
                                                           "sslpassword", "secret",  "token",
                                                           "passphrase",  "api_key", "apikey"};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

// The value of key=value that starts at `at`: '…' (libpq), {…} (ODBC), "…", or up to a separator.
CredentialSpan value_span(std::string_view text, std::size_t at, bool odbc) {
  if (at < text.size() && (text[at] == '\'' || text[at] == '"' || text[at] == '{')) {
    const char close = text[at] == '{' ? '}' : text[at];
    for (std::size_t i = at + 1; i < text.size(); ++i) {
      if (text[i] == '\\' && close == '\'') {
        ++i;
      } else if (text[i] == close) {
        if (close == '}' && i + 1 < text.size() && text[i + 1] == '}') {
          ++i;
        } else {
          return {at + 1, i};
        }
      }
    }
    return {at + 1, text.size()};
  }
  const std::string_view stops = odbc ? ";\"\n" : "; \t\r\n&\"'<>";
  std::size_t end = at;
  while (end < text.size() && stops.find(text[end]) == std::string_view::npos) {
    // libpq lets a backslash take the next character's meaning away.
    end += !odbc && text[end] == '\\' && end + 1 < text.size() ? 2 : 1;
  }
  return {at, end};
}

}  // namespace

bool is_secret_key(std::string_view key) {
  return std::any_of(k_secret_keys.begin(), k_secret_keys.end(),
                     [&](std::string_view k) { return equals_ignoring_case(key, k); });
}

void find_url_passwords(std::string_view text, std::vector<CredentialSpan>& spans) {
  for (std::size_t at = text.find("://"); at != std::string_view::npos;
       at = text.find("://", at + 3)) {
    const std::size_t begin = at + 3;
    std::size_t end = text.find_first_of("/?# \t\r\n\"'<>", begin);
    if (end == std::string_view::npos) end = text.size();
    std::size_t sign = text.substr(0, end).rfind('@');
    if (sign == std::string_view::npos || sign < begin) {
      // A password with a bare slash is not a valid URL, but must not be printed for that.
      std::size_t word_end = text.find_first_of(" \t\r\n\"'<>", begin);
      if (word_end == std::string_view::npos) word_end = text.size();
      const std::size_t first_colon = text.find(':', begin);
      if (first_colon >= end) continue;
      sign = text.substr(0, word_end).rfind('@');
      if (sign == std::string_view::npos || sign < first_colon) continue;
    }
    const std::size_t colon = text.find(':', begin);
    if (colon < sign && colon + 1 < sign) spans.push_back({colon + 1, sign});
  }
}

void find_loose_password(std::string_view connection, std::vector<CredentialSpan>& spans) {
  const std::size_t scheme = connection.find("://");
  if (scheme == std::string_view::npos) return;
  const std::size_t colon = connection.find(':', scheme + 3);
  if (colon == std::string_view::npos) return;
  const std::size_t query = std::min(connection.find('?', colon), connection.size());
  const std::size_t last = connection.substr(0, query).rfind('@');
  if (last == std::string_view::npos || last < colon) return;
  spans.push_back({colon + 1, last});
  for (std::size_t at = colon + 1; at < last;) {
    const std::size_t sign = std::min(connection.find('@', at), last);
    spans.push_back({at, sign});
    at = sign + 1;
  }
}

void find_key_values(std::string_view text, std::vector<CredentialSpan>& spans) {
  for (std::size_t at = text.find('='); at != std::string_view::npos; at = text.find('=', at + 1)) {
    std::size_t key_end = at;
    while (key_end > 0 && text[key_end - 1] == ' ') --key_end;
    std::size_t key_begin = key_end;
    while (key_begin > 0 && is_word(text[key_begin - 1])) --key_begin;
    const std::string_view key = text.substr(key_begin, key_end - key_begin);
    if (!is_secret_key(key)) continue;
    std::size_t value = at + 1;
    while (value < text.size() && text[value] == ' ') ++value;
    // ODBC strings separate by semicolons only, so that a password may hold blanks.
    const bool odbc =
        text.find(';') != std::string_view::npos && text.find("://") == std::string_view::npos;
    const CredentialSpan span = value_span(text, value, odbc);
    if (span.end > span.begin) spans.push_back(span);
    at = std::max(at, span.end == text.size() ? at : span.end - 1);
  }
}

}  // namespace decant
