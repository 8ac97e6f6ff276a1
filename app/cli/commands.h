// The subcommands of `overgang` that are clients of a running hub, and `lint`.
//
// A subcommand that was asked for runs inside CLI11's parsing and leaves its exit code in
// `*exit_code`: 0 done, 1 failed, 2 wrong use, 3 not reachable. What CLI11 itself finds wrong it
// throws as CLI::ParseError, as for every other subcommand; ExitCodeOf turns that into the same
// codes.
#pragma once

#include "CLI/CLI.hpp"
#include "app/cli/output.h"

namespace overgang {

void AddClientCommands(CLI::App& app, int* exit_code, cli::Output output = cli::StandardOutput());

// 0 for --help and --version, else 2; prints what CLI11 has to say.
int ExitCodeOf(const CLI::App& app, const CLI::ParseError& error,
               cli::Output output = cli::StandardOutput());

}  // namespace overgang
