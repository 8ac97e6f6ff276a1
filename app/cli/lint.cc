// `overgang lint`.
#include "producers/hl7v2/lint.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "app/cli/requests.h"
#include "app/directory_file.h"
#include "core/pseudonymizer.h"
#include "producers/plo/plo_map.h"

namespace overgang::cli {
namespace {

// An XML document, after a byte order mark and white space.
bool IsXml(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark)
    text.remove_prefix(kByteOrderMark.size());
  const size_t start = text.find_first_not_of(" \t\r\n");
  return start != text.npos && text[start] == '<';
}

template <typename Report>
int PrintReport(const Report& report, bool json, const Output& output) {
  if (json) {
    for (const v1::Envelope& fact : report.facts) PrintJson(output, fact);
  } else {
    *output.out << report.text;
  }
  return report.refused;
}

}  // namespace

int RunLint(const LintOptions& options, const Output& output) {
  const absl::StatusOr<std::shared_ptr<const Directory>> directory =
      LoadDirectory(options.directory_file);
  if (!directory.ok()) return WrongUse(output, std::string(directory.status().message()));
  // References made with a key of nobody's: facts can be compared with one another, never with a
  // hub's.
  const absl::StatusOr<Pseudonymizer> pseudonymizer =
      Pseudonymizer::Create({std::string(32, 'l')}, Environment::kTest);
  int refused = 0;
  for (const std::string& file : options.files) {
    const absl::StatusOr<std::string> bytes = ReadFile(file, kLintFileBytesMax);
    if (!bytes.ok()) return WrongUse(output, std::string(bytes.status().message()));
    if (!options.json) *output.out << Coloured(output, Colour::kBold, file) << '\n';
    if (IsXml(*bytes)) {
      refused += PrintReport(plo::LintPlo(*bytes, {.directory = **directory,
                                                   .pseudonymizer = *pseudonymizer,
                                                   .now = absl::Now()}),
                             options.json, output);
    } else {
      refused += PrintReport(
          hl7v2::LintHl7(*bytes, {.directory = **directory, .pseudonymizer = *pseudonymizer}),
          options.json, output);
    }
  }
  if (refused == 0) return kDone;
  *output.err << "overgang: " << refused << (refused == 1 ? " message" : " messages")
              << " would be refused\n";
  return kFailed;
}

}  // namespace overgang::cli
