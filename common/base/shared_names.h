// SharedNames: a list of names that does not change, of which copies are the same list: each of a
// million tasks may hold that of all stores. Any thread may read it.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace decant {

class SharedNames {
 public:
  using value_type = std::string;
  using const_iterator = std::vector<std::string>::const_iterator;

  SharedNames() : SharedNames(std::vector<std::string>()) {}
  SharedNames(
      std::vector<std::string> names)  // NOLINT(google-explicit-constructor): it is a list of names
      : names_(std::make_shared<const std::vector<std::string>>(std::move(names))) {}
  SharedNames(std::initializer_list<std::string> names)
      : SharedNames(std::vector<std::string>(names)) {}

  const std::vector<std::string>& list() const { return *names_; }
  bool empty() const { return names_->empty(); }
  std::size_t size() const { return names_->size(); }
  const_iterator begin() const { return names_->begin(); }
  const_iterator end() const { return names_->end(); }
  friend bool operator==(const SharedNames& a, const SharedNames& b) {
    return a.names_ == b.names_ || *a.names_ == *b.names_;
  }

 private:
  std::shared_ptr<const std::vector<std::string>> names_;
};

}  // namespace decant
