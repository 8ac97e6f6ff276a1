#include "producers/importer/columns.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/edit_distance.h"

namespace overgang::importer {
namespace {

template <typename Of>
struct Named {
  std::string_view name;
  int Of::*column;
};

constexpr Named<Columns> kPlain[] = {
    {"hospital", &Columns::hospital},
    {"visit", &Columns::visit},
    {"id_number", &Columns::id_number},
    {"patient_ref", &Columns::patient_ref},
    {"born", &Columns::born},
    {"age", &Columns::age},
    {"sex", &Columns::sex},
    {"residence_kommune", &Columns::residence_kommune},
    {"stay_kommune", &Columns::stay_kommune},
    {"bydel", &Columns::bydel},
    {"moved_at", &Columns::moved_at},
    {"moved_kommune", &Columns::moved_kommune},
    {"ward", &Columns::ward},
    {"sector", &Columns::sector},
    {"urgency", &Columns::urgency},
    {"admitted_at", &Columns::admitted_at},
    {"services_before", &Columns::services_before},
    {"need_clear_at", &Columns::need_clear_at},
    {"admission_notice_sent_at", &Columns::admission_notice_sent_at},
    {"admission_notified_at", &Columns::admission_notified_at},
    {"admission_report_at", &Columns::admission_report_at},
    {"expected_discharge", &Columns::expected_discharge},
    {"epikrise_at", &Columns::epikrise_at},
    {"discharged_at", &Columns::discharged_at},
    {"discharged_to", &Columns::discharged_to},
    {"outcome", &Columns::outcome},
    {"to_specialist_care", &Columns::to_specialist_care},
    {"died_at", &Columns::died_at}};
constexpr Named<UkpColumns> kOfUkp[] = {{"_declared_at", &UkpColumns::declared_at},
                                        {"_notice_sent_at", &UkpColumns::notice_sent_at},
                                        {"_notified_at", &UkpColumns::notified_at},
                                        {"_withdrawn_at", &UkpColumns::withdrawn_at}};
constexpr Named<AnswerColumns> kOfAnswer[] = {
    {"_at", &AnswerColumns::at}, {"", &AnswerColumns::answer}, {"_from", &AnswerColumns::from}};

template <typename Of, size_t N>
int* Find(const Named<Of> (&table)[N], std::string_view name, Of& of) {
  for (const Named<Of>& known : table) {
    if (known.name == name) return &(of.*known.column);
  }
  return nullptr;
}

// Takes `word` and a digit from 1 to `most` off the front; the digit less one.
std::optional<size_t> Numbered(std::string_view word, int most, std::string_view* name) {
  if (!name->starts_with(word) || name->size() <= word.size()) return std::nullopt;
  const int number = (*name)[word.size()] - '0';
  if (number < 1 || number > most) return std::nullopt;
  name->remove_prefix(word.size() + 1);
  return static_cast<size_t>(number - 1);
}

int* FindColumn(std::string_view name, Columns& columns) {
  if (int* plain = Find(kPlain, name, columns)) return plain;
  const std::optional<size_t> period = Numbered("ukp", kUkpPeriodsMax, &name);
  if (!period) return nullptr;
  UkpColumns& ukp = columns.ukp[*period];
  if (int* of_ukp = Find(kOfUkp, name, ukp)) return of_ukp;
  const std::optional<size_t> answer = Numbered("_answer", kAnswersMax, &name);
  return answer ? Find(kOfAnswer, name, ukp.answers[*answer]) : nullptr;
}

constexpr size_t kNameBytesMax = 48;

// Letters, an underscore here and there, and hardly a digit: not what stands in a line of stays.
bool CanBeShown(std::string_view name) {
  const auto digits = std::ranges::count_if(
      name, [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); });
  return !name.empty() && name.size() <= kNameBytesMax && digits <= 2 &&
         std::ranges::all_of(name, [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == ' ' ||
                  c == '-';
         });
}

Fault UnknownColumn(int column, std::string_view name) {
  if (!CanBeShown(name)) {
    return {column, "", "this is no name of a column",
            "the first line names the columns; docs/import.md lists them"};
  }
  const std::string lower = absl::AsciiStrToLower(absl::string_view(name.data(), name.size()));
  std::string nearest;
  size_t least = kNameBytesMax * 2;
  for (const std::string& known : ColumnNames()) {
    const size_t distance = EditDistance(lower, known);
    if (distance >= least) continue;
    least = distance;
    nearest = known;
  }
  return {column, std::string(name), "no column has this name",
          absl::StrCat("did you mean ", nearest,
                       "? docs/import.md lists all; leave out what is "
                       "none of them")};
}

void CheckRequired(const Columns& columns, std::vector<Fault>* faults) {
  const auto require = [&](int column, const char* name) {
    if (column != kNoColumn) return;
    faults->push_back({0, name, "this column is missing", "every file needs it"});
  };
  require(columns.hospital, "hospital");
  require(columns.visit, "visit");
  require(columns.admitted_at, "admitted_at");
  if (columns.id_number != kNoColumn || columns.patient_ref != kNoColumn) return;
  faults->push_back(
      {0, "id_number", "this column is missing", "name the persons in it, or in patient_ref"});
}

}  // namespace

std::vector<std::string> ColumnNames() {
  std::vector<std::string> names;
  for (const auto& plain : kPlain) names.emplace_back(plain.name);
  for (int period = 1; period <= 2; ++period) {
    for (const auto& of_ukp : kOfUkp)
      names.push_back(absl::StrCat("ukp", period, std::string(of_ukp.name)));
    for (int answer = 1; answer <= 2; ++answer) {
      for (const auto& of_answer : kOfAnswer)
        names.push_back(
            absl::StrCat("ukp", period, "_answer", answer, std::string(of_answer.name)));
    }
  }
  return names;
}

std::vector<Fault> ReadHeader(const CsvLine& header, Columns* columns) {
  if (header.fault) return {*header.fault};
  if (header.values.size() == 1 && header.values[0].find(',') != std::string_view::npos)
    return {{0, "", "the columns are separated by commas", "separate them by semicolons"}};
  std::vector<Fault> faults;
  for (size_t i = 0; i < header.values.size(); ++i) {
    const std::string_view name = header.values[i];
    columns->names.emplace_back(name);
    int* column = FindColumn(name, *columns);
    if (column == nullptr) {
      faults.push_back(UnknownColumn(static_cast<int>(i) + 1, name));
    } else if (*column != kNoColumn) {
      faults.push_back({static_cast<int>(i) + 1, std::string(name), "this column stands twice",
                        "leave one of the two out"});
    } else {
      *column = static_cast<int>(i);
    }
  }
  // A header line that is none has nothing of what is needed.
  if (faults.size() < header.values.size()) CheckRequired(*columns, &faults);
  return faults;
}

}  // namespace overgang::importer
