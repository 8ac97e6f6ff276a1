// Stories of stays as a hub tells them: facts go in by the log, the story comes out by GetPathway.
// Times are written as Oslo's: T("2026-03-02 13:05").
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "consumers/board/story.h"
#include "tests/consumers/board_fixture.h"

namespace overgang::testing {

inline absl::Time T(const std::string& local) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", local, Oslo(), &time, &error)) << error;
  return time;
}

// Writes the facts of one stay, one after the other.
class Facts {
 public:
  explicit Facts(int person = 1, std::string visit = "V1")
      : person_(person), visit_(std::move(visit)) {}

  // By the hospital's patient system.
  v1::Envelope& Adt(const std::string& at) { return Add(T(at), v1::CHANNEL_HL7V2, "STO"); }
  // By a message of the hospital, or of Trondheim kommune.
  v1::Envelope& Plo(const std::string& at) { return Add(T(at), v1::CHANNEL_PLO, "59"); }
  v1::Envelope& Kommune(const std::string& at) { return Add(T(at), v1::CHANNEL_PLO, "15001"); }

  v1::Envelope& Admit(const std::string& at) {
    v1::Envelope& fact = Adt(at);
    fact.mutable_patient_admitted()->set_urgency(v1::URGENCY_ACUTE);
    fact.set_ward("MED1");
    fact.set_sector(v1::SECTOR_SOMATIKK);
    fact.set_residence_kommune("5001");
    fact.set_stay_kommune("5001");
    fact.set_sex(v1::SEX_FEMALE);
    fact.set_age_at_admission(83);
    return fact;
  }
  void NotifyOfAdmission(const std::string& at) {
    Kommune(at).mutable_kommune_notified_of_admission();
  }
  void Declare(const std::string& at) { Plo(at).mutable_ukp_declared(); }
  void NotifyOfUkp(const std::string& at) { Kommune(at).mutable_kommune_notified_of_ukp(); }
  v1::KommuneAnswered& Answer(const std::string& at, bool can) {
    v1::KommuneAnswered& answer = *Kommune(at).mutable_kommune_answered();
    answer.set_can_receive(can);
    return answer;
  }
  void Discharge(const std::string& at) { Adt(at).mutable_patient_discharged(); }
  void Cancel(const std::string& at, v1::FactKind kind) {
    Adt(at).mutable_fact_cancelled()->set_kind(kind);
  }

  const std::vector<v1::Envelope>& all() const { return all_; }

 private:
  v1::Envelope& Add(absl::Time at, v1::Channel channel, const std::string& sender) {
    const std::string id = absl::StrCat(visit_, "/", all_.size());
    v1::Envelope fact = Fact(id, person_, visit_, 0);
    *fact.mutable_occurred_at() = *fact.mutable_recorded_at() = ToProto(at);
    fact.mutable_source()->set_channel(channel);
    fact.mutable_source()->set_sender(sender);
    return all_.emplace_back(std::move(fact));
  }

  int person_;
  std::string visit_;
  std::vector<v1::Envelope> all_;
};

class StoryTest : public BoardTest {
 protected:
  // What the hub tells of the first person at `now`, which is also when it heard of everything.
  v1::GetPathwayResponse Pathway(const std::vector<v1::Envelope>& facts, const std::string& now) {
    Append(facts);
    clock_.Set(T(now));
    v1::GetPathwayRequest request;
    request.set_patient_ref(Ref(1));
    const auto response =
        Call<v1::GetPathwayRequest, v1::GetPathwayResponse>("PathwayService/GetPathway", request);
    EXPECT_TRUE(response.ok()) << response.status();
    return *response;
  }
  // Each line as "02 13:05 text": day of the month, clock, mark.
  std::vector<std::string> Story(const std::vector<v1::Envelope>& facts, const std::string& now) {
    return Shown(Pathway(facts, now));
  }
  // The story of an answer that the test has changed.
  static std::vector<std::string> Retold(v1::GetPathwayResponse response, const std::string& now,
                                         const PaymentTerms& terms = PaymentTerms::BuiltIn()) {
    const auto lines = board::TellStory(response, *Directory::BuiltIn(), terms, T(now));
    response.mutable_story()->Assign(lines.begin(), lines.end());
    return Shown(response);
  }
  static std::vector<std::string> Shown(const v1::GetPathwayResponse& response) {
    std::vector<std::string> shown;
    for (const v1::StoryLine& line : response.story()) {
      const absl::Time at = FromProto(line.at());
      const bool day = line.at_precision() == v1::PRECISION_DAY;
      shown.push_back(absl::StrCat(absl::FormatTime(day ? "%d" : "%d %H:%M", at, Oslo()),
                                   Mark(line), line.cancelled() ? "(gjelder ikke) " : "",
                                   line.text()));
    }
    return shown;
  }
  // Those of one kind: "=>" derived, "!!" deadline missed, "ok" deadline not missed, "??" warning.
  static std::vector<std::string> Only(const std::string& mark,
                                       const std::vector<std::string>& lines) {
    std::vector<std::string> only;
    for (const std::string& line : lines) {
      if (absl::StrContains(line, " " + mark + " ")) only.push_back(line);
    }
    return only;
  }
  static const char* Mark(const v1::StoryLine& line) {
    switch (line.kind()) {
      case v1::StoryLine::KIND_FACT:
        return " ";
      case v1::StoryLine::KIND_DERIVED:
        return " => ";
      case v1::StoryLine::KIND_DEADLINE:
        return line.deadline_state() == v1::DEADLINE_STATE_MISSED ? " !! " : " ok ";
      case v1::StoryLine::KIND_WARNING:
        return " ?? ";
      default:
        return " unknown ";
    }
  }
};

}  // namespace overgang::testing
