#include "consumers/daily_status/mail_page.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "consumers/daily_status/definitions.h"
#include "consumers/daily_status/numbers.h"
#include "consumers/daily_status/picture.h"
#include "consumers/daily_status/status_numbers.h"
#include "core/bokmal.h"
#include "core/errors.h"
#include "core/oslo_time.h"

namespace overgang::daily_status {
namespace {

// Everything that the parts of the page are made from.
class Builder {
 public:
  Builder(MailPage* page, const EditionOptions& options, const Words& words,
          const Directory& directory, absl::CivilDay date)
      : page_(*page),
        options_(options),
        words_(words),
        figures_(page->status, words),
        sent_(options.sent == nullptr
                  ? std::nullopt
                  : std::optional<Figures>(std::in_place, *options.sent, words)),
        content_{page->status, figures_,  sent_ ? &*sent_ : nullptr,
                 words,        directory, page->scope,
                 page->name,   date,      FromProto(page->status.counted_at())} {}

  void Build(const std::vector<std::string>& layout) {
    mustache::Object& data = page_.data;
    data.emplace("lang", options_.language);
    data.emplace("is_kommune", page_.scope.is_kommune);
    data.emplace("is_hospital", !page_.scope.is_kommune);
    data.emplace("name", page_.name);
    data.emplace("date", words_.LongDate(content_.date));
    data.emplace("short_date", absl::StrCat(content_.date.day(), ".", content_.date.month(), "."));
    data.emplace("clock", bokmal::Clock(content_.counted_at));
    data.emplace("late", page_.status.late());
    AddHead(&data);
    AddNotices(&data);
    AddCorrections(&data);
    AddKeyFigures(&data);
    AddSections(layout, &data);
    AddLinks(&data);
    mustache::Object numbers;
    for (const std::string_view name : NumberNames())
      numbers.emplace(std::string(name), figures_.Text(name));
    data.emplace("n", std::move(numbers));
    page_.subject = words_.Say(sent_ ? "subject.corrected" : "subject", data);
    data.emplace("subject", page_.subject);
    data.emplace("title", words_.Say("title", data));
  }

 private:
  void AddHead(mustache::Object* data) {
    const double ukp = figures_.Value("ukp");
    data->emplace("ukp", figures_.Text("ukp"));
    data->emplace("over_7_days", ukp == 0 ? "" : figures_.Text("ukp_over_7_days"));
    data->emplace("summary", words_.Say(ukp == 0   ? "summary.none"
                                        : ukp == 1 ? "summary.one"
                                                   : "summary.many",
                                        {{"ukp", figures_.Text("ukp")}}));
    const v1::StatusNumber* change = figures_.Find("ukp_change");
    const bool known = change != nullptr && !change->unknown();
    const std::string signed_text = known ? SignedText(change->value()) : "";
    data->emplace("change", signed_text);
    data->emplace("change_text",
                  known ? ChangeText(change->value(), ukp) : words_.Say("change.unknown"));
    data->emplace("as_of", words_.Say("as_of", {{"date", words_.LongDate(content_.date)},
                                                {"clock", bokmal::Clock(content_.counted_at)}}));
  }

  std::string ChangeText(double change, double ukp) const {
    std::string key = change > 0 ? "change.more" : change < 0 ? "change.fewer" : "change.same";
    if (std::abs(change) == 1) key += ".one";
    return words_.Say(
        key, {{"count", NumberText(std::abs(change), 0)}, {"before", NumberText(ukp - change, 0)}});
  }

  void AddNotices(mustache::Object* data) {
    mustache::List notices;
    const auto add = [&](std::string text) { notices.push_back({{"text", std::move(text)}}); };
    if (page_.status.late()) add(words_.Say("notice.late"));
    if (const auto missed = ParseDate(page_.status.missed_date()); missed.ok())
      add(words_.Say("notice.missed", {{"date", words_.LongDate(*missed)}}));
    bool any_stale = false;
    for (const v1::SourceAge& source : page_.status.as_of().sources()) {
      if (!source.stale()) continue;
      any_stale = true;
      add(words_.Say("notice.stale",
                     {{"source", SourceName(content_, source.source())},
                      {"heard", words_.Moment(FromProto(source.last_heard_at()))}}));
    }
    if (page_.status.as_of().stale() && !any_stale) add(words_.Say("notice.lagging"));
    data->emplace("notices", std::move(notices));
  }

  // No time is that of nobody who waits.
  std::string CorrectedText(const v1::StatusNumber& number) const {
    const bool nobody = number.unit() == "hours" && number.value() == 0;
    return nobody ? words_.Say("none") : figures_.Text(number);
  }

  // What is of a part is told in its table.
  void AddCorrections(mustache::Object* data) {
    mustache::List rows;
    std::string ukp_was;
    for (int i = 0; sent_ && i < page_.status.numbers_size(); ++i) {
      const v1::StatusNumber& number = page_.status.numbers(i);
      const v1::StatusNumber* sent = sent_->Find(number.name(), number.of());
      if (!number.of().empty() || number.name() == "ukp_change" || sent == nullptr) continue;
      const std::string was = CorrectedText(*sent), now = CorrectedText(number);
      if (was == now) continue;
      if (number.name() == "ukp") ukp_was = was;
      rows.push_back({{"label", words_.Say("n." + number.name())}, {"was", was}, {"now", now}});
    }
    data->emplace("was", ukp_was);
    data->emplace("corrected", sent_.has_value());
    data->emplace("corrections", std::move(rows));
    for (const char* key : {"title", "text", "number", "was", "now", "sent"}) {
      data->emplace(absl::StrCat("corrected_", key), words_.Say(absl::StrCat("corrected.", key)));
    }
  }

  void AddKeyFigures(mustache::Object* data) {
    static constexpr const char* kOfKommune[] = {"ukp", "ukp_over_7_days", "awaiting_answer",
                                                 "free_places"};
    static constexpr const char* kOfHospital[] = {"ukp", "ukp_over_7_days", "awaiting_answer",
                                                  "occupancy_percent"};
    mustache::List list;
    for (const char* name : page_.scope.is_kommune ? kOfKommune : kOfHospital) {
      const v1::StatusNumber* number = figures_.Find(name);
      const bool known = number != nullptr && !number->unknown();
      list.push_back({{"first", list.empty()},
                      {"value", known ? figures_.Text(*number) : words_.Say("none")},
                      {"label", words_.Say(absl::StrCat("n.", name))}});
    }
    data->emplace("key_figures", std::move(list));
  }

  void AddSections(const std::vector<std::string>& layout, mustache::Object* data) {
    mustache::List list;
    for (const std::string& id : layout) {
      auto section = MakeSection(id, content_);
      if (!section) continue;
      page_.has_picture |= section->picture;
      list.push_back(Filled(*section, DefinitionsUrl()));
      page_.sections.push_back(*std::move(section));
    }
    data->emplace("sections", std::move(list));
    const Trend trend = TrendOf(figures_);
    data->emplace("picture_cid", PictureId(page_.status));
    data->emplace("picture_width", absl::StrCat(kPictureWidth));
    data->emplace("picture_alt",
                  words_.Say("picture.alt", {{"clock", bokmal::Clock(YesterdaysMorning(content_))},
                                             {"least", NumberText(trend.least(), 0)},
                                             {"most", NumberText(trend.most(), 0)},
                                             {"today", figures_.Text("ukp")}}));
  }

  void AddLinks(mustache::Object* data) {
    const std::string view = page_.scope.is_kommune ? "/#/kommune/" : "/#/sykehus/";
    data->emplace("page_url", options_.base_url.empty()
                                  ? ""
                                  : absl::StrCat(options_.base_url, view, page_.scope.id));
    data->emplace("page_link", words_.Say("page.link"));
    data->emplace("definitions_url", DefinitionsUrl());
    data->emplace("definitions_link", words_.Say("page.definitions"));
    data->emplace("attached", words_.Say("attached"));
    data->emplace("footer", words_.Say("footer"));
  }

  std::string DefinitionsUrl() const {
    return options_.base_url.empty()
               ? ""
               : absl::StrCat(options_.base_url, DefinitionsPath(options_.language));
  }

  MailPage& page_;
  const EditionOptions& options_;
  const Words& words_;
  const Figures figures_;
  const std::optional<Figures> sent_;
  const Content content_;
};

// A status and a correction of which a mail has every name.
absl::StatusOr<MailPage> ExamplePage(const Templates& templates, const std::string& language) {
  v1::DailyStatusIssued status;
  status.set_scope("k:5001");
  status.set_date("2026-03-02");
  status.set_missed_date("2026-03-01");
  status.add_numbers()->set_name("ukp");
  v1::DailyStatusIssued sent = status;
  sent.mutable_numbers(0)->set_value(1);
  EditionOptions options;
  options.language = language;
  options.base_url = "https://overgang.example";
  options.sent = &sent;
  auto page = BuildPage(status, options, templates, *Directory::BuiltIn());
  if (!page.ok()) return page.status();
  const Section section = {"id",      "heading",
                           {"intro"}, {{"column", true, "ukp", ""}},
                           true,      {{{"cell"}, "ukp", false}},
                           {"note"},  "",
                           true};
  page->data.insert_or_assign("sections", mustache::List{Filled(section, options.base_url)});
  return page;
}

}  // namespace

std::string PictureId(const v1::DailyStatusIssued& status) {
  return absl::StrCat("trend.", absl::StrReplaceAll(status.scope(), {{":", ""}}), ".",
                      status.date(), "@overgang");
}

absl::StatusOr<MailPage> BuildPage(const v1::DailyStatusIssued& status,
                                   const EditionOptions& options, const Templates& templates,
                                   const Directory& directory) {
  const Words* words = templates.WordsOf(options.language);
  if (words == nullptr) {
    return FieldError(absl::StatusCode::kInvalidArgument, "language",
                      absl::StrCat("there are no mails in ", options.language), "write nb or nn");
  }
  auto scope = Scope::Parse(status.scope());
  if (!scope.ok()) return scope.status();
  const auto date = ParseDate(status.date());
  if (!date.ok()) return date.status();
  MailPage page;
  page.status = status;
  page.scope = *std::move(scope);
  page.name = NameOf(page.scope, directory, *words);
  Builder(&page, options, *words, directory, *date)
      .Build(templates.LayoutOf(page.scope.is_kommune));
  return page;
}

absl::Status Prove(const Templates& templates) {
  std::vector<std::string> mistakes;
  const auto take = [&](const absl::Status& status) {
    if (!status.ok()) mistakes.emplace_back(status.message());
  };
  for (const char* language : {"nb", "nn"}) {
    const auto example = ExamplePage(templates, language);
    if (!example.ok()) return example.status();
    mustache::Object before = example->data;  // What is there when these are said.
    before.erase("subject");
    before.erase("title");
    for (const std::string_view key : kSubjectKeys)
      take(templates.WordsOf(language)->Check(key, before));
    if (language != std::string_view("nb")) continue;
    take(templates.html().Check(example->data));
    take(templates.text().Check(example->data));
  }
  if (mistakes.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(mistakes, "\n"));
}

}  // namespace overgang::daily_status
