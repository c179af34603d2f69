#include <string>
#include <string_view>

#include "common/job/yaml_tree.h"

namespace decant {
namespace {

bool is_safe_plain(const std::string& text) {
  static constexpr std::string_view k_unsafe_words[] = {"null", "Null", "NULL", "true", "false"};
  for (const std::string_view word : k_unsafe_words) {
    if (text == word) return false;
  }
  if (text.empty() || text.front() == '-' || text.front() == '.') return false;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '-' || c == '.' || c == '/';
    if (!plain) return false;
  }
  return true;
}

void emit_scalar(const YamlNode& node, std::string& out) {
  static constexpr char k_digits[] = "0123456789ABCDEF";
  if (!node.quoted && is_safe_plain(node.text)) {
    out += node.text;
    return;
  }
  out += '"';
  for (const char c : node.text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      out += "\\x";
      out += k_digits[byte >> 4];
      out += k_digits[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

void emit_node(const YamlNode& node, std::size_t indent, std::string& out) {
  if (node.is_null()) {
    out += " ~\n";
  } else if (node.is_scalar()) {
    out += ' ';
    emit_scalar(node, out);
    out += '\n';
  } else if (node.items.empty()) {
    out += node.is_sequence() ? " []\n" : " {}\n";
  } else {
    if (indent != 0) out += '\n';
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      out.append(indent, ' ');
      if (node.is_sequence()) {
        out += '-';
      } else {
        emit_scalar(node.keys[i], out);
        out += ':';
      }
      emit_node(node.items[i], indent + 2, out);
    }
  }
}

}  // namespace

std::string emit_yaml(const YamlNode& node) {
  std::string out;
  emit_node(node, 0, out);
  return out;
}

}  // namespace decant
