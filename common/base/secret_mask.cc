#include <algorithm>
#include <cctype>

#include "common/base/credential_spans.h"
#include "common/base/secrets.h"

namespace decant {
namespace {

constexpr std::string_view k_masked = "***";
// A secret of one or two characters would blot out half of every text; the forms below still mask
// it in place.
constexpr std::size_t k_min_secret_bytes = 3;

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

void replace_spans(std::string& text, std::vector<CredentialSpan>& spans) {
  std::sort(spans.begin(), spans.end(),
            [](const CredentialSpan& a, const CredentialSpan& b) { return a.begin > b.begin; });
  std::size_t limit = text.size();
  for (const CredentialSpan& span : spans) {
    const std::size_t end = std::min(span.end, limit);
    if (end <= span.begin) continue;
    text.replace(span.begin, end - span.begin, k_masked);
    limit = span.begin;
  }
}

}  // namespace

void SecretMask::learn(std::string_view connection) {
  std::vector<CredentialSpan> spans;
  find_url_passwords(connection, spans);
  find_loose_password(connection, spans);
  find_key_values(connection, spans);
  for (const CredentialSpan& span : spans) {
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
  std::vector<CredentialSpan> spans;
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
