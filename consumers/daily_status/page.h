// What a mail says, part by part, in words and numbers that are ready to be read: the same for
// HTML, plain text and files. Values. Errors: INVALID_ARGUMENT where the fact cannot be read.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "consumers/daily_status/figures.h"
#include "consumers/daily_status/scope.h"
#include "consumers/daily_status/words.h"
#include "core/directory.h"
#include "core/mustache.h"
#include "core/sheet.h"
#include "overgang/v1/status.pb.h"

namespace overgang::daily_status {

struct PageColumn {
  std::string title;
  bool number = true;      // Else a text.
  std::string definition;  // The number whose definition it is; empty: none.
  std::string unit = "";   // In a file; empty: a text.
};

struct PageCell {
  PageCell(std::string said) : text(std::move(said)), value(text) {}  // NOLINT: meant to convert.
  PageCell(const char* said) : PageCell(std::string(said)) {}         // NOLINT
  PageCell(std::string said, Sheet::Cell in_file)
      : text(std::move(said)), value(std::move(in_file)) {}
  std::string text;
  Sheet::Cell value;  // In a file.
  bool strong = false;
  std::string before = "";  // Where it is corrected: what was sent, and an arrow: "2→".
};

struct PageRow {
  std::vector<PageCell> cells;  // The first says what the row is of.
  std::string definition;       // As of a column.
  bool part = false;            // Of the row above.
};

struct Section {
  std::string id;
  std::string heading;
  std::vector<std::string> intro;
  std::vector<PageColumn> columns;
  bool shows_columns = true;
  std::vector<PageRow> rows;
  std::vector<std::string> notes;
  std::string tab;  // The name of its page in the workbook; empty: it has none.
  bool picture = false;
};

// What the sections are made of. All that is pointed to outlives it.
struct Content {
  const v1::DailyStatusIssued& status;  // With corrections in it.
  const Figures& figures;
  const Figures* sent;  // Of a correction: as its reader had it before; else null.
  const Words& words;
  const Directory& directory;
  Scope scope;
  std::string name;  // Of the scope.
  absl::CivilDay date;
  absl::Time counted_at;
};

// "Trondheim", "St. Olavs hospital", "Medisin 1", "Øya helsehus". What the directory has no name
// for is called what it is, with its id.
std::string NameOf(const Scope& scope, const Directory& directory, const Words& words);
std::string WardName(const std::string& id, const Scope& hospital, const Directory& directory,
                     const Words& words);
std::string UnitName(const std::string& id, const Directory& directory, const Words& words);

// "hl7v2:STO" as readers know it.
std::string SourceName(const Content& content, const std::string& source);

// All that there are, for a layout to choose from.
std::vector<std::string> SectionIds();
// Nothing where there is nothing to say.
std::optional<Section> MakeSection(std::string_view id, const Content& content);

// From when on things happened since yesterday; its clock is that of all past mornings.
absl::Time YesterdaysMorning(const Content& content);

// A number as its reader reads it; where it is corrected, with what was sent before it.
using TextOf = std::string (Figures::*)(std::string_view name, std::string_view of) const;
PageCell NumberCell(const Content& content, std::string_view name, std::string_view of = "",
                    TextOf text_of = &Figures::Text);

// A row of one number: its name, what it is, and below it what it means.
PageRow NumberRow(const Content& content, std::string_view name, std::string_view of = "");

// As a template has it. `definitions_url`: where the numbers are defined; empty: nowhere.
mustache::Object Filled(const Section& section, const std::string& definitions_url);
// As a page of a workbook.
Sheet SheetOf(const Section& section);

// The sections, by subject.
namespace sections {
std::optional<Section> Waiting(const Content& content);
std::optional<Section> Hospitals(const Content& content);
std::optional<Section> Kommuner(const Content& content);
std::optional<Section> Expected(const Content& content);
std::optional<Section> Changes(const Content& content);
std::optional<Section> Payment(const Content& content);
std::optional<Section> Deadlines(const Content& content);
std::optional<Section> Places(const Content& content);
std::optional<Section> Beds(const Content& content);
std::optional<Section> Wards(const Content& content);
std::optional<Section> History(const Content& content);
std::optional<Section> Region(const Content& content);
std::optional<Section> Sources(const Content& content);
}  // namespace sections

}  // namespace overgang::daily_status
