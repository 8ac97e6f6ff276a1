// Outpatients have no stay, and nothing that is said of them touches one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "producers/hl7v2/adt_map.h"
#include "tests/producers/hl7v2/hl7_fixture.h"

namespace overgang::hl7v2 {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(AdtOutpatients, OutpatientsHaveNoStay) {
  Mapper map;
  const std::string outpatient =
      Evn("20260310") + FnrPid() + Fields("PV1", {{2, "O"}, {19, "V2"}, {44, "20260310"}});
  for (const std::string_view trigger : {"A01", "A02", "A03", "A21"}) {
    const AdtResult result = map(Adt(trigger, outpatient));
    EXPECT_FALSE(result.refusal);
    EXPECT_THAT(Names(result), IsEmpty()) << trigger;
  }
  EXPECT_THAT(Names(map(Adt("A06", outpatient))), ElementsAre("PatientAdmitted"));
}

TEST(AdtOutpatients, ACancelledVisitOfAnOutpatientTakesNoStayBack) {
  Mapper map;
  const auto event = [](std::string_view patient_class, std::string_view visit) {
    return Evn("20260310") + FnrPid() +
           Fields("PV1", {{2, patient_class}, {19, visit}, {44, "20260310"}});
  };
  for (const std::string_view trigger : {"A11", "A12", "A13", "A52", "A53"}) {
    for (const std::string_view patient_class : {"O", "P", "R"}) {
      const AdtResult result = map(Adt(trigger, event(patient_class, "")));
      EXPECT_FALSE(result.refusal);
      EXPECT_THAT(Names(result), IsEmpty()) << trigger;
    }
    // The number tells which visit is meant, and an inpatient has a stay.
    EXPECT_FALSE(map(Adt(trigger, event("O", "V2"))).facts.empty()) << trigger;
    EXPECT_FALSE(map(Adt(trigger, event("I", ""))).facts.empty()) << trigger;
  }
}

}  // namespace
}  // namespace overgang::hl7v2
