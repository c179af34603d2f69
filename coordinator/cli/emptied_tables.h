// The tables of a reset and the foreign keys that refer to them: in which order they are emptied,
// and which rows of other tables would go with theirs, or keep them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/connector/references.h"
#include "common/connector/target.h"

namespace decant {

// Rows of another table that refer to those of one that is emptied.
struct ReferringRows {
  std::string table, resolved;       // as a job may spell it, and by the target's name for it
  std::string of;                    // the table that they refer to
  std::optional<std::int64_t> rows;  // absent: the user may not read the table
  bool refuses = false;              // they keep it from being emptied; else they go, or change
};

class EmptiedTables {
 public:
  // `tables` as the job spells them, each once.
  static Result<EmptiedTables> look(Target& target, const std::vector<std::string>& tables);

  // Of tables that are not emptied.
  const std::vector<ReferringRows>& referring() const { return referring_; }
  // Tables that refer to others before these; a circle keeps the order that was given.
  std::vector<std::string> order() const;
  // In the session's open transaction. DuckDB keeps a row that rows of the same table refer to,
  // also where these were deleted before in the transaction: false, and it is to be asked again in
  // another one.
  Result<bool> empty(Target& target, const std::string& table, std::int64_t& rows) const;

 private:
  struct Table {
    std::string name, resolved;
    std::vector<Reference> references;
    std::vector<std::string> referring;  // the tables of `references`, resolved
  };
  Status add_referring(Target& target, const std::vector<Reference>& references,
                       const std::string& of);

  std::vector<Table> tables_;
  std::vector<ReferringRows> referring_;
};

}  // namespace decant
