// The passes of ir/pass.cc. Inside ir only.
#pragma once

#include "ir/pass.h"

namespace lmp::ir {

PassCounters FoldText(Program* program);
PassCounters UnrollLoops(Program* program);
PassCounters Parallelize(Program* program);
PassCounters RemoveDeadCode(Program* program);
PassCounters EarlyStart(Program* program);
PassCounters Pipeline(Program* program);
PassCounters MarkLastUse(Program* program);

}  // namespace lmp::ir
