// Where a text holds credentials, by their form: what is masked in messages, and refused in a job
// file.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace decant {

// A stretch of a text that holds a credential; never empty.
struct CredentialSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Adds the passwords of scheme://user:password@host; the password ends at the authority's last @.
void find_url_passwords(std::string_view text, std::vector<CredentialSpan>& spans);

// The same in a text that is nothing but a connection: a password with an @, a blank or a slash in
// it that should have been percent-encoded, whole and in the pieces that a driver may take for a
// host and complain of.
void find_loose_password(std::string_view connection, std::vector<CredentialSpan>& spans);

// Adds the values of password=…, PWD=… and their like, in connection strings and query parameters,
// without the quotes or braces around them.
void find_key_values(std::string_view text, std::vector<CredentialSpan>& spans);

// password, PWD, token and their like, in any case of letters.
bool is_secret_key(std::string_view key);

}  // namespace decant
