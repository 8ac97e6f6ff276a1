// `overgang import`.
#include <algorithm>
#include <fstream>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "app/cli/fact_sender.h"
#include "app/cli/requests.h"
#include "google/protobuf/struct.pb.h"
#include "producers/importer/columns.h"
#include "producers/importer/csv_reader.h"
#include "producers/importer/stay_line.h"

namespace overgang::cli {
namespace {

using importer::Columns;
using importer::CsvLine;
using importer::Fault;

constexpr absl::Duration kRedrawEvery = absl::Milliseconds(200);
constexpr int kBarWidth = 30;

// "12 345 678", as in the documents.
std::string Grouped(int64_t number) {
  std::string text = std::to_string(number);
  for (int at = static_cast<int>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<size_t>(at), " ");
  return text;
}

std::string Counted(int64_t number, const char* one, const char* many) {
  return absl::StrCat(Grouped(number), " ", number == 1 ? one : many);
}

// What the user sees while it goes on: bad lines as they are found, and on a terminal how far it
// is. Thread-safe.
class Account {
 public:
  Account(std::string file, int64_t size, bool json, const Output& output)
      : file_(std::move(file)), size_(size), json_(json), output_(output) {}

  // All faults of one line.
  void Bad(int64_t line, const Columns& columns, const std::vector<Fault>& faults) {
    std::lock_guard lock(mutex_);
    ++bad_;
    Clear();
    for (Fault fault : faults) {
      FindColumn(columns, &fault);
      if (json_) {
        PrintFault(line, fault);
        continue;
      }
      *output_.err << file_ << ':' << line << ':';
      if (fault.column > 0) *output_.err << fault.column << ':';
      *output_.err << ' ' << (fault.name.empty() ? "" : fault.name + ": ") << fault.what << "; "
                   << fault.remedy << '\n';
    }
  }

  void Progress(int64_t bytes_read, int64_t facts) {
    if (!output_.terminal || json_) return;
    std::lock_guard lock(mutex_);
    const absl::Time now = absl::Now();
    if (now - drawn_at_ < kRedrawEvery) return;
    drawn_at_ = now;
    const double seconds = std::max(absl::ToDoubleSeconds(now - started_at_), 1e-3);
    std::string text;
    if (size_ > 0) {
      const double part =
          std::min(1.0, static_cast<double>(bytes_read) / static_cast<double>(size_));
      const int full = static_cast<int>(part * kBarWidth);
      text = absl::StrCat("[", std::string(static_cast<size_t>(full), '#'),
                          std::string(static_cast<size_t>(kBarWidth - full), '.'), "] ",
                          static_cast<int>(part * 100), " %  ");
    }
    absl::StrAppend(&text, Counted(facts, "fact", "facts"), "  ",
                    Grouped(static_cast<int64_t>(static_cast<double>(facts) / seconds)), "/s",
                    bad_ == 0 ? "" : absl::StrCat("  ", Counted(bad_, "bad line", "bad lines")));
    *output_.err << '\r' << text << "\x1b[K" << std::flush;
    drawn_ = true;
  }

  // The last words; the exit code.
  int Conclude(int64_t stays, int64_t facts, bool whole) {
    std::lock_guard lock(mutex_);
    Clear();
    if (json_) {
      google::protobuf::Struct summary;
      Set(summary, "stays", static_cast<double>(stays));
      Set(summary, "facts", static_cast<double>(facts));
      Set(summary, "badLines", static_cast<double>(bad_));
      (*summary.mutable_fields())["whole"].set_bool_value(whole);
      PrintJson(output_, summary);
    } else {
      const absl::Duration took = absl::Now() - started_at_;
      *output_.out << Counted(stays, "stay", "stays") << ", " << Counted(facts, "fact", "facts")
                   << " in "
                   << (took < absl::Minutes(1)
                           ? absl::StrCat(absl::ToInt64Seconds(absl::Ceil(took, absl::Seconds(1))),
                                          " s")
                           : DurationText(took))
                   << "; " << (bad_ == 0 ? "no bad line" : Counted(bad_, "bad line", "bad lines"))
                   << '\n';
      if (bad_ > 0)
        *output_.err << "overgang: correct these lines and import the file again; what was taken "
                        "is not counted twice\n";
      if (!whole)
        *output_.err << "overgang: import the file again once this is mended; it goes on from "
                        "where it was\n";
    }
    return bad_ == 0 && whole ? kDone : kFailed;
  }

 private:
  static void Set(google::protobuf::Struct& object, const char* name, double value) {
    (*object.mutable_fields())[name].set_number_value(value);
  }
  void PrintFault(int64_t line, const Fault& fault) {
    google::protobuf::Struct object;
    Set(object, "line", static_cast<double>(line));
    if (fault.column > 0) Set(object, "column", fault.column);
    const auto text = [&](const char* name, const std::string& value) {
      (*object.mutable_fields())[name].set_string_value(value);
    };
    text("name", fault.name);
    text("what", fault.what);
    text("remedy", fault.remedy);
    PrintJson(output_, object);
  }
  // The name of a column that is known by its number, and the other way round.
  static void FindColumn(const Columns& columns, Fault* fault) {
    for (size_t i = 0; i < columns.names.size(); ++i) {
      const int column = static_cast<int>(i) + 1;
      if (fault->column == column && fault->name.empty()) fault->name = columns.names[i];
      if (fault->column == 0 && columns.names[i] == fault->name) fault->column = column;
    }
  }
  void Clear() {
    if (drawn_) *output_.err << "\r\x1b[K";
    drawn_ = false;
  }

  const std::string file_;
  const int64_t size_;  // Bytes; 0: not known.
  const bool json_;
  const Output output_;
  const absl::Time started_at_ = absl::Now();
  std::mutex mutex_;
  absl::Time drawn_at_ = started_at_;
  bool drawn_ = false;
  int64_t bad_ = 0;  // Lines.
};

// False: the file cannot be read as it is. `header` null: it is empty.
bool ReadFirstLine(const CsvLine* header, Columns* columns, Account& account) {
  if (header == nullptr) {
    const Fault empty{0, "", "the file is empty", "its first line names the columns"};
    account.Bad(1, *columns, {empty});
    return false;
  }
  const std::vector<Fault> faults = ReadHeader(*header, columns);
  if (!faults.empty()) account.Bad(header->number, Columns(), faults);
  return faults.empty();
}

absl::Status Import(importer::CsvReader& reader, const Columns& columns, FactSender& sender,
                    Account& account) {
  const absl::Time now = absl::Now();
  while (const CsvLine* line = reader.Next()) {
    if (line->fault) {
      account.Bad(line->number, columns, {*line->fault});
      continue;
    }
    importer::StayLine stay = ReadStay(*line, columns, now);
    if (!stay.faults.empty()) {
      account.Bad(line->number, columns, stay.faults);
    } else if (!sender.Add(line->number, std::move(stay))) {
      break;
    }
    account.Progress(reader.bytes_read(), sender.facts());
  }
  absl::Status sent = sender.Finish();
  if (sent.ok() && reader.failed())
    return absl::DataLossError("the file cannot be read to its end");
  return sent;
}

int64_t SizeOf(std::ifstream& file) {
  file.seekg(0, std::ios::end);
  const std::streamoff size = file.tellg();
  file.clear();
  file.seekg(0);
  file.clear();  // A pipe has no size and cannot be sought in.
  return std::max<std::streamoff>(size, 0);
}

}  // namespace

int RunImport(const Connection& connection, const std::string& file, const Output& output) {
  std::ifstream in(file, std::ios::binary);
  const std::string unreadable =
      absl::StrCat(file, " cannot be read; check the name and who may read it");
  if (!in) return WrongUse(output, unreadable);
  const int64_t size = SizeOf(in);
  Account account(file, size, connection.json, output);
  importer::CsvReader reader(in);
  const CsvLine* header = reader.Next();
  if (header == nullptr && reader.failed()) return WrongUse(output, unreadable);  // As a folder.
  Columns columns;
  if (!ReadFirstLine(header, &columns, account)) return account.Conclude(0, 0, true);
  int concluded = kDone;
  const int code = WithHub(connection, output, [&](HubClient& hub) {
    FactSender sender(
        hub, [&](int64_t line, const Fault& fault) { account.Bad(line, columns, {fault}); });
    absl::Status status = Import(reader, columns, sender, account);
    concluded = account.Conclude(sender.stays(), sender.facts(), status.ok());
    return status;
  });
  return code == kDone ? concluded : code;
}

}  // namespace overgang::cli
