// A result that is too large for one message is made to fit, so that it does not get stuck.
#pragma once

#include "common/wire/messages.h"

namespace decant {

// First the texts of rejects are cut; if that is not enough, a committed task says that the ledger
// has to be asked (kCommitUnknown), and any other fails with a sentence, for good.
void fit_result(TaskResult& result, TaskKind kind);

}  // namespace decant
