#include "adapters/access/access_log_lines.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "adapters/access/access_log_file.h"
#include "core/errors.h"
#include "core/oslo_time.h"
#include "core/uuid.h"
#include "google/protobuf/util/json_util.h"

namespace overgang {
namespace {

constexpr std::string_view kEnding = ".jsonl";
constexpr int kPageSizeDefault = 100;
constexpr int kPageSizeMax = 1'000;

absl::Status Invalid(std::string_view field, std::string_view wrong, std::string_view remedy) {
  return FieldError(absl::StatusCode::kInvalidArgument, field, wrong, remedy);
}

// Where a page begins: in which file, after how many bytes.
struct Place {
  absl::CivilDay date;
  int64_t offset = 0;
};

struct Question {
  Place from;
  absl::CivilDay to;  // Exclusive.
  int size = kPageSizeDefault;
};

absl::StatusOr<absl::CivilDay> DateOr(const std::string& text, std::string_view field,
                                      absl::CivilDay other) {
  if (text.empty()) return other;
  const auto date = ParseDate(text);
  if (!date.ok()) return Invalid(field, "this is not a date", "write it as YYYY-MM-DD");
  return *date;
}

absl::StatusOr<Question> QuestionOf(const v1::ReadAccessLogRequest& request) {
  Question question;
  const auto from = DateOr(request.from(), "from", absl::CivilDay::min());
  const auto to = DateOr(request.to(), "to", absl::CivilDay::max());
  if (!from.ok()) return from.status();
  if (!to.ok()) return to.status();
  question.from.date = *from;
  question.to = *to;
  if (request.page_size() < 0 || request.page_size() > kPageSizeMax) {
    return Invalid("page_size", "out of range",
                   absl::StrCat("give 1 to ", kPageSizeMax, ", or 0 for ", kPageSizeDefault));
  }
  if (request.page_size() > 0) question.size = request.page_size();
  if (!request.stay_id().empty() && !IsUuid(request.stay_id()))
    return Invalid("stay_id", "not a stay id", "give the UUID that ListStays shows");
  if (request.page_token().empty()) return question;
  const std::pair<std::string, std::string> parts = absl::StrSplit(request.page_token(), ':');
  const auto date = ParseDate(parts.first);
  if (!date.ok() || !absl::SimpleAtoi(parts.second, &question.from.offset) ||
      question.from.offset < 0) {
    return Invalid("page_token", "not a page token",
                   "give next_page_token of the page before, or nothing");
  }
  question.from.date = *date;
  return question;
}

bool IsAskedFor(const v1::AccessEntry& entry, const v1::ReadAccessLogRequest& request) {
  if (!request.principal().empty() && entry.principal() != request.principal()) return false;
  if (request.stay_id().empty() || entry.unlisted()) return true;
  const auto asked = entry.asked().find("stay_id");
  return (asked != entry.asked().end() && asked->second == request.stay_id()) ||
         std::ranges::find(entry.stay_ids(), request.stay_id()) != entry.stay_ids().end();
}

// Takes the entries of one file after another into an answer, until the page is full.
class Page {
 public:
  Page(const v1::ReadAccessLogRequest& request, int size) : request_(request), size_(size) {}

  // False: the page is full, and says where the next one begins.
  bool TakeFile(const std::string& folder, const Place& from) {
    std::ifstream file(AccessFile(folder, from.date), std::ios::binary);
    file.seekg(from.offset);
    Place at = from;
    std::string line;
    while (std::getline(file, line) && !file.eof()) {
      if (response_.entries_size() == size_ || bytes_ > kAccessBytesPerPageMax) {
        response_.set_next_page_token(absl::StrCat(absl::FormatCivilTime(at.date), ":", at.offset));
        return false;
      }
      at.offset += static_cast<int64_t>(line.size()) + 1;
      bytes_ += line.size() + 1;
      Take(line);
    }
    return true;
  }
  v1::ReadAccessLogResponse Finish() { return std::move(response_); }

 private:
  void Take(const std::string& line) {
    if (line.empty()) return;
    v1::AccessEntry entry;
    if (!google::protobuf::util::JsonStringToMessage(line, &entry).ok()) {
      response_.set_unreadable(response_.unreadable() + 1);
    } else if (IsAskedFor(entry, request_)) {
      *response_.add_entries() = std::move(entry);
    }
  }

  const v1::ReadAccessLogRequest& request_;
  const int size_;
  v1::ReadAccessLogResponse response_;
  size_t bytes_ = 0;
};

}  // namespace

std::string AccessFile(const std::string& folder, absl::CivilDay date) {
  return absl::StrCat(folder, "/", absl::FormatCivilTime(date), std::string(kEnding));
}

std::vector<absl::CivilDay> AccessDates(const std::string& folder) {
  std::vector<absl::CivilDay> dates;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
    const auto date = ParseDate(file.path().stem().string());
    if (file.path().extension() == kEnding && date.ok()) dates.push_back(*date);
  }
  std::ranges::sort(dates);
  return dates;
}

std::string AccessLine(const v1::AccessEntry& entry) {
  std::string line;
  // Never fails: an entry is plain text and numbers.
  (void)google::protobuf::util::MessageToJsonString(entry, &line);
  return line + '\n';
}

absl::StatusOr<v1::ReadAccessLogResponse> ReadAccessLines(const std::string& folder,
                                                          const v1::ReadAccessLogRequest& request) {
  const auto question = QuestionOf(request);
  if (!question.ok()) return question.status();
  Page page(request, question->size);
  for (const absl::CivilDay date : AccessDates(folder)) {
    if (date < question->from.date || date >= question->to) continue;
    const Place from{date, date == question->from.date ? question->from.offset : 0};
    if (!page.TakeFile(folder, from)) break;
  }
  return page.Finish();
}

}  // namespace overgang
