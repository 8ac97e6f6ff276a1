// Reads files from text, as `overgang import` does. Shared by the tests of this room.
#pragma once

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "producers/importer/columns.h"
#include "producers/importer/csv_reader.h"
#include "producers/importer/stay_line.h"

namespace overgang::importer {

inline constexpr char kNumber[] = "01857210057";                      // Synthetic: month + 80.
inline const absl::Time kNow = absl::FromUnixSeconds(1'768'460'400);  // 2026-01-15 08:00 in Oslo.

struct File {
  std::vector<Fault> header_faults;
  std::vector<StayLine> stays;   // Of the lines after the header.
  std::vector<int64_t> numbers;  // Their line numbers.
};

inline File ReadFile(const std::string& text) {
  std::istringstream in(text);
  CsvReader reader(in);
  Columns columns;
  File file;
  const CsvLine* header = reader.Next();
  EXPECT_NE(header, nullptr);
  file.header_faults = ReadHeader(*header, &columns);
  if (!file.header_faults.empty()) return file;
  while (const CsvLine* line = reader.Next()) {
    EXPECT_FALSE(line->fault);
    file.stays.push_back(ReadStay(*line, columns, kNow));
    file.numbers.push_back(line->number);
  }
  return file;
}

// A stay with these values beside what every stay must have; an empty one takes a value away.
inline StayLine ReadWith(const std::map<std::string, std::string>& values) {
  std::map<std::string, std::string> all = {{"hospital", "974749025"},
                                            {"visit", "V1"},
                                            {"id_number", kNumber},
                                            {"admitted_at", "2025-03-01 14:05"}};
  for (const auto& [name, value] : values) all[name] = value;
  std::string header, line;
  for (const auto& [name, value] : all) {
    header += (header.empty() ? "" : ";") + name;
    line += value + ";";
  }
  line.pop_back();
  File file = ReadFile(header + "\n" + line + "\n");
  EXPECT_TRUE(file.header_faults.empty());
  EXPECT_EQ(file.stays.size(), 1u);
  return file.stays.empty() ? StayLine() : std::move(file.stays.front());
}

}  // namespace overgang::importer
