// EntityResolver: the steps of resolve_entity. Private to common/job.
#pragma once

#include <string>
#include <vector>

#include "common/job/entity_plan.h"

namespace decant {

class EntityResolver {
 public:
  // All must outlive the resolver; `target` may be null. `place` says where the source's columns
  // stand; empty: nowhere in particular.
  EntityResolver(const JobSpec& job, const EntitySpec& entity, const Schema& source,
                 const Schema* target, std::string place = {})
      : job_(job), entity_(entity), source_(source), target_(target), place_(std::move(place)) {}

  Result<EntityPlan> resolve();

 private:
  // resolve_columns.cc: which columns there are, and what feeds them.
  Status check_source() const;
  Status check_free_names() const;
  Status take_declared();
  Status check_mended(const ColumnPlan& column) const;
  Status take_over_others();
  void order_like_target();
  Status resolve_types();
  Status resolve_type(ColumnPlan& column, const ColumnSpec* spec) const;
  Status check_fidelity(const ColumnPlan& column) const;
  Status check_constant(const ColumnPlan& column) const;
  Status check_date_format(const ColumnPlan& column) const;
  // resolve_formats.cc: what a format cannot give.
  Status check_format(const ColumnPlan& column) const;
  Status check_kinds(const ColumnPlan& column, const Field& existing) const;
  Status check_source_kinds(const ColumnPlan& column) const;
  Status check_against_target(const ColumnPlan& column, const Field& existing) const;

  // resolve_ranges.cc: what ranges, stores and keys stand on.
  Status resolve_key();
  Status resolve_range();
  Status resolve_store();
  bool has_name_like(const std::string& name) const;
  Status check_store_column() const;
  Status check_store_names(const ColumnPlan& column) const;
  Status check_named_columns() const;
  Status check_latest_by() const;
  Status check_may_be_kept(const std::string& name) const;
  Status check_control_sums() const;

  const ColumnPlan* find(std::string_view name) const;
  const ColumnSpec* find_spec(std::string_view name) const;
  bool in_key(const std::string& name) const;
  std::vector<std::string> source_names() const;
  std::vector<std::string> plan_names() const;
  // "the header of its files", "its query", "the table dbo.Ventas": where source columns are to be
  // looked for.
  std::string source_words() const;
  tl::unexpected<Error> no_source_column(const std::string& what, const std::string& name) const;
  tl::unexpected<Error> no_target_column(const std::string& what, const std::string& name) const;

  const JobSpec& job_;
  const EntitySpec& entity_;
  const Schema& source_;
  const Schema* target_;
  std::string place_;
  EntityPlan plan_;
};

// SHA-256 over what decides what lands in the target: how it is read, converted, checked and
// written. Not the connection, and not what only describes (private, enforce, reject limits).
std::string fingerprint_of(const JobSpec& job, const EntitySpec& entity, const EntityPlan& plan);

}  // namespace decant
