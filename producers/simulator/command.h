// `overgang simulate`.
#pragma once

#include "CLI/CLI.hpp"

namespace overgang::simulator {

// Adds the subcommand. When it was asked for it runs inside CLI11's parsing and leaves its exit
// code in `*exit_code`: 0 done, 1 something was refused or unacknowledged, 2 wrong use, 3 no hub.
void AddSimulateCommand(CLI::App& app, int* exit_code);

}  // namespace overgang::simulator
