// An answer as a table on a terminal. One thread.
#pragma once

#include "app/cli/output.h"
#include "core/sheet.h"

namespace overgang::cli {

// Columns of numbers below each other where there is one row, else side by side; what the numbers
// mean is told below.
void PrintSheet(const Sheet& sheet, const Output& output);

}  // namespace overgang::cli
