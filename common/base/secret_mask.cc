#include <algorithm>
#include <array>
#include <cctype>

#include "common/base/secrets.h"

namespace decant {
namespace {

constexpr std::string_view k_masked = "***";
// A secret of one or two characters would blot out half of every text; the forms below still mask
// it in place.
constexpr std::size_t k_min_secret_bytes = 3;
constexpr std::array<std::string_view, 9> k_secret_keys = {"password",    "pwd",     "passwd",
                                                           "sslpassword", "secret",  "token",
                                                           "passphrase",  "api_key", "apikey"};

// A stretch of a text that holds a credential.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

// The passwords of scheme://user:password@host; the password ends at the authority's last @.
void find_url_passwords(std::string_view text, std::vector<Span>& spans) {
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

// The same in a text that is nothing but a connection: a password with an @, a blank or a slash in
// it that should have been percent-encoded, whole and in the pieces that a driver may take for a
// host and complain of.
void find_loose_password(std::string_view connection, std::vector<Span>& spans) {
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

// The value of key=value that starts at `at`: '…' (libpq), {…} (ODBC), "…", or up to a separator.
Span value_span(std::string_view text, std::size_t at, bool odbc) {
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

// The values of password=…, PWD=… and their like, in connection strings and query parameters.
void find_key_values(std::string_view text, std::vector<Span>& spans) {
  for (std::size_t at = text.find('='); at != std::string_view::npos; at = text.find('=', at + 1)) {
    std::size_t key_end = at;
    while (key_end > 0 && text[key_end - 1] == ' ') --key_end;
    std::size_t key_begin = key_end;
    while (key_begin > 0 && is_word(text[key_begin - 1])) --key_begin;
    const std::string_view key = text.substr(key_begin, key_end - key_begin);
    const bool secret =
        std::any_of(k_secret_keys.begin(), k_secret_keys.end(),
                    [&](std::string_view k) { return equals_ignoring_case(key, k); });
    if (!secret) continue;
    std::size_t value = at + 1;
    while (value < text.size() && text[value] == ' ') ++value;
    // ODBC strings separate by semicolons only, so that a password may hold blanks.
    const bool odbc =
        text.find(';') != std::string_view::npos && text.find("://") == std::string_view::npos;
    const Span span = value_span(text, value, odbc);
    if (span.end > span.begin) spans.push_back(span);
    at = std::max(at, span.end == text.size() ? at : span.end - 1);
  }
}

std::string percent_decode(std::string_view text) {
  auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c = static_cast<char>(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 &&
        digit(text[i + 2]) >= 0) {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr char k_digits[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || c == '-' || c == '_' || c == '.' || c == '~') {
      out += c;
    } else {
      out += '%';
      out += k_digits[byte >> 4];
      out += k_digits[byte & 15];
    }
  }
  return out;
}

std::string without_escapes(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((text[i] == '\\' || text[i] == '}') && i + 1 < text.size() &&
        (text[i] == '\\' || text[i + 1] == '}')) {
      ++i;
    }
    out += text[i];
  }
  return out;
}

void replace_all(std::string& text, std::string_view what) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + k_masked.size())) {
    text.replace(at, what.size(), k_masked);
  }
}

void replace_spans(std::string& text, std::vector<Span>& spans) {
  std::sort(spans.begin(), spans.end(),
            [](const Span& a, const Span& b) { return a.begin > b.begin; });
  std::size_t limit = text.size();
  for (const Span& span : spans) {
    const std::size_t end = std::min(span.end, limit);
    if (end <= span.begin) continue;
    text.replace(span.begin, end - span.begin, k_masked);
    limit = span.begin;
  }
}

}  // namespace

void SecretMask::learn(std::string_view connection) {
  std::vector<Span> spans;
  find_url_passwords(connection, spans);
  find_loose_password(connection, spans);
  find_key_values(connection, spans);
  for (const Span& span : spans) {
    const std::string_view raw = connection.substr(span.begin, span.end - span.begin);
    const std::string decoded = percent_decode(raw);
    remember(raw);
    remember(decoded);
    remember(percent_encode(decoded));
    remember(without_escapes(raw));
  }
}

void SecretMask::remember(std::string_view secret) {
  if (secret.size() < k_min_secret_bytes || secret == k_masked) return;
  const std::lock_guard lock(mutex_);
  if (std::find(secrets_.begin(), secrets_.end(), secret) != secrets_.end()) return;
  secrets_.emplace_back(secret);
  // Longest first, so that a secret inside another does not leave the rest of the longer one
  // behind.
  std::stable_sort(secrets_.begin(), secrets_.end(),
                   [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
}

std::string SecretMask::mask(std::string_view text) const {
  std::string out(text);
  std::vector<Span> spans;
  find_url_passwords(out, spans);
  replace_spans(out, spans);
  spans.clear();
  find_key_values(out, spans);
  replace_spans(out, spans);
  const std::lock_guard lock(mutex_);
  for (const std::string& secret : secrets_) replace_all(out, secret);
  return out;
}

}  // namespace decant
