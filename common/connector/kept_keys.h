// What a target's ledger keeps of the keys of a table's rows (key_tables.h).
#pragma once

namespace decant {

enum class KeptKeys {
  kNone,     // nothing was loaded by key into that table
  kAltered,  // the table's columns are of other types or collations since
  kFit,
};

}  // namespace decant
