// EntityPlan: an entity with every question answered: which source column feeds which target column, with which type.
//
// The coordinator resolves it once per run from the job, the source's columns and the target's table; workers receive
// it with each task. Its fingerprint is kept in the ledger: a batch loaded under another mapping is compared again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/job/job_spec.h"
#include "common/value/convert.h"

namespace decant {

struct ColumnPlan {
  std::string name;                     // target column
  Type type;                            // in the target
  bool nullable = true;
  std::string from;                     // source column; empty for a constant
  Type source_type;                     // of `from`
  std::optional<std::string> constant;  // template, expanded per store
  std::string lossy;
  bool is_private = false;
  std::string date_format;
  std::optional<std::string> replace_nul;
  std::vector<std::string> null_texts;  // besides those of the file
  std::int32_t zero_pad = 0;            // digits that a number in text has at least; 0: as many as it has
  // Of this column's conversion with its policy (declared_fidelity in lossy.h): kLossy says that a policy bends values.
  Fidelity fidelity = Fidelity::kExact;
  std::string foreign;                  // Field::foreign of `from`
};

struct EntityPlan {
  std::string entity;
  WriteSpec write;
  std::vector<ColumnPlan> columns;
  std::string source_time;              // ReadSpec.time, or ReadSpec.key
  std::string range_column;             // target column that holds it; empty: the entity has no ranges
  TypeKind range_kind = TypeKind::kTimestamp;
  std::string store_column;             // target column that holds the store; empty: none
  std::string source_store;             // source column of the store (from_column); empty: the extent says it
  std::vector<std::string> control_sums;
  std::string fingerprint;              // SHA-256 over everything above that decides what lands in the target

  // The rows as the target shall hold them. Key columns are never nullable.
  Schema target_schema() const;
  bool has_ranges() const { return !range_column.empty(); }
  bool has_key() const { return !write.key.empty(); }
};

// Resolves an entity. `target` is the schema of the existing table, or null. Errors (kMismatch, kUsage) name the
// entity and the column and say what to change: a missing source column (with the nearest name), an impossible or
// undeclared lossy conversion, a range or store column that does not land in the target unchanged, a missing key.
Result<EntityPlan> resolve_entity(const JobSpec& job, const EntitySpec& entity, const Schema& source,
                                  const Schema* target);

// The constant of a column for a store: "{store}" and other values filled in. kUsage for an unknown placeholder.
Result<std::string> expand_store_template(const std::string& text, const StoreSpec& store);

}  // namespace decant
