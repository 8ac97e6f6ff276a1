// The parts of a mail that tell of money and deadlines, of the days before, of the region, and of
// where all this is from.
#include <charconv>

#include "absl/strings/str_cat.h"
#include "consumers/daily_status/page.h"
#include "consumers/daily_status/status_numbers.h"
#include "core/bokmal.h"
#include "core/oslo_time.h"

namespace overgang::daily_status {

std::string SourceName(const Content& content, const std::string& source) {
  const size_t colon = source.find(':');
  const std::string channel = source.substr(0, colon);
  const std::string id = colon == std::string::npos ? "" : source.substr(colon + 1);
  const Hospital* hospital = nullptr;
  std::string name = id;
  if (channel == "hl7v2") {
    hospital = content.directory.HospitalByFacility(id);
  } else {
    int her_id = 0;
    std::from_chars(id.data(), id.data() + id.size(), her_id);
    hospital = content.directory.HospitalByHerId(her_id);
    if (const KommuneEntry* kommune = content.directory.KommuneByHerId(her_id))
      name = KommuneName(kommune->kommune);
  }
  if (hospital != nullptr) name = hospital->name;
  return content.words.Say(channel == "hl7v2" ? "source.adt" : "source.plo", {{"name", name}});
}

namespace sections {
namespace {

constexpr int kDaysInWeek = 7;

std::string Capital(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

// "mars 2026", of yesterday.
std::string MonthOf(const Content& content) {
  const std::string date = bokmal::Date(content.date - 1);
  return date.substr(date.find(' ') + 1);
}

}  // namespace

std::optional<Section> Payment(const Content& content) {
  Section section;
  section.shows_columns = false;
  section.columns = {{content.words.Say("column.what"), false, "", ""},
                     {content.words.Say("column.value"), true, "", ""}};
  section.intro.push_back(
      content.words.Say("intro.payment", {{"month", Capital(MonthOf(content))}}));
  for (const char* name : {"payable_days_month", "payable_kr_month", "payable_days_so_far"})
    section.rows.push_back(NumberRow(content, name));
  const v1::StatusNumber* kr = content.figures.Find("payable_kr_month");
  if (kr != nullptr && kr->unknown()) section.notes.push_back(content.words.Say("note.price"));
  return section;
}

std::optional<Section> Deadlines(const Content& content) {
  const Words& words = content.words;
  Section section;
  section.columns = {{words.Say("column.deadline"), false, "", ""},
                     {words.Say("column.whose"), false, "", ""},
                     {words.Say("column.since"), true, "deadlines_missed", ""},
                     {Capital(words.Say("column.month", {{"month", MonthOf(content)}})), true,
                      "deadlines_missed_month", ""}};
  for (const std::string& of : content.figures.Parts("deadlines_missed")) {
    const bool hospitals = of == "tidligmelding" || of == "ukp_notice" || of == "epikrise";
    PageRow row;
    row.cells.emplace_back(words.Say("deadline." + of));
    row.cells.emplace_back(words.Say(hospitals ? "whose.hospital" : "whose.kommune"));
    for (const char* name : {"deadlines_missed", "deadlines_missed_month"}) {
      row.cells.push_back(NumberCell(content, name, of));
      row.cells.back().strong |= content.figures.Value(name, of) > 0;
    }
    section.rows.push_back(std::move(row));
  }
  return section;
}

// A row a week; the first column is today's day of the week.
std::optional<Section> History(const Content& content) {
  const Words& words = content.words;
  Section section;
  const auto dates = content.figures.Parts("ukp_morning");
  const v1::StatusNumber* mean = content.figures.Find("ukp_mean_28_days");
  if (mean == nullptr || mean->unknown()) {
    section.notes.push_back(words.Say("note.no_history"));
    return section;
  }
  section.picture = true;
  section.intro.push_back(
      words.Say("intro.history", {{"clock", bokmal::Clock(YesterdaysMorning(content))}}));
  section.columns.push_back({words.Say("column.week"), false, "", ""});
  for (int i = 0; i < kDaysInWeek; ++i)
    section.columns.push_back({words.ShortWeekday(content.date + i), true, "", ""});
  for (size_t i = 0; i < dates.size(); ++i) {
    if (i % kDaysInWeek == 0) {
      const auto from = ParseDate(dates[i]);
      section.rows.push_back(
          {{from.ok() ? bokmal::Date(*from, content.date) : dates[i]}, "ukp_morning", false});
    }
    const v1::StatusNumber* number = content.figures.Find("ukp_morning", dates[i]);
    PageCell cell(number->unknown() ? words.Say("none") : content.figures.Text(*number));
    cell.strong = i % kDaysInWeek == 0;
    section.rows.back().cells.push_back(std::move(cell));
  }
  const auto said = [&](const std::string& label, std::string_view name) {
    return absl::StrCat(label, ": ", content.figures.Text(name), ". ");
  };
  section.notes.push_back(absl::StrCat(
      said(words.Say("today_at", {{"clock", bokmal::Clock(content.counted_at)}}), "ukp"),
      said(words.Say("mean.same_weekday", {{"weekday", words.Weekday(content.date)}}),
           "ukp_mean_same_weekday"),
      said(words.Say("mean.28_days"), "ukp_mean_28_days")));
  section.notes.back().pop_back();
  return section;
}

std::optional<Section> Region(const Content& content) {
  const Words& words = content.words;
  const Figures& figures = content.figures;
  Section section;
  const auto regions = figures.Parts("region_ukp");
  if (regions.empty()) {
    section.notes.push_back(words.Say("note.no_region"));
    return section;
  }
  const std::string& region = regions.front();
  // The tables are of a day's end, 24:00.
  const absl::Time at = FromProto(figures.Find("region_ukp", region)->reported_at());
  section.intro.push_back(
      words.Say("intro.region",
                {{"region", region}, {"date", words.LongDate(OsloDate(at - absl::Hours(12)))}}));
  if (figures.Find("region_population_share", region) != nullptr) {
    section.intro.push_back(words.Say(
        "intro.region.share",
        {{"name", content.name}, {"share", figures.Text("region_population_share", region)}}));
  }
  section.columns = {{words.Say("column.what"), false, "", ""},
                     {content.name, true, "", ""},
                     {words.Say("column.region"), true, "", ""},
                     {words.Say("column.share"), true, "", ""}};
  bool hidden = false;
  for (const std::string name : {"ukp", "ukp_over_24h", "ukp_over_7_days", "inpatients"}) {
    const v1::StatusNumber* sum = figures.Find("region_" + name, region);
    const double own = figures.Value("region_own_" + name, region);
    if (sum == nullptr) continue;
    hidden |= sum->suppressed();
    std::string share = words.Say("none");
    if (!sum->suppressed() && sum->value() > 0)
      share = words.Say("percent", {{"amount", NumberText(100 * own / sum->value(), 0)}});
    section.rows.push_back({{words.Say("n." + name), NumberText(own, 0), figures.Text(*sum), share},
                            "region_" + name,
                            false});
  }
  if (hidden) section.notes.push_back(words.Say("note.hidden"));
  return section;
}

std::optional<Section> Sources(const Content& content) {
  const Words& words = content.words;
  Section section;
  section.intro.push_back(words.Say("intro.sources"));
  section.columns = {{words.Say("column.source"), false, "", ""},
                     {words.Say("column.heard"), false, "", ""},
                     {words.Say("column.state"), false, "", ""}};
  for (const v1::SourceAge& source : content.status.as_of().sources()) {
    PageRow row;
    row.cells.emplace_back(SourceName(content, source.source()));
    row.cells.emplace_back(words.Moment(FromProto(source.last_heard_at())));
    row.cells.emplace_back(words.Say(source.stale() ? "stale" : "fresh"));
    row.cells.back().strong = source.stale();
    section.rows.push_back(std::move(row));
  }
  if (section.rows.empty()) section.notes.push_back(words.Say("note.no_sources"));
  return section;
}

}  // namespace sections
}  // namespace overgang::daily_status
