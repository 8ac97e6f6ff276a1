// `overgang escalation cards` and `overgang status deliveries`: what they say where there is
// nothing.
#include "overgang/v1/daily_status_service.pb.h"
#include "overgang/v1/escalation_service.pb.h"
#include "tests/app/cli_fixture.h"

namespace overgang {
namespace {

TEST_F(CliTest, RolesThatNobodyHoldsAreToldALineARole) {
  v1::ListTiltakskortResponse response;
  for (const auto& [recipient, role, name] :
       {std::tuple{"h:974749025", "klinikksjef", "Klinikksjef"},
        {"k:5001", "tildelingskontor", "Leder for tildelingskontoret"},
        {"k:5001", "kommunalsjef_helse", "Kommunalsjef"},
        {"k:5031", "kommunalsjef_helse", "Kommunalsjef"}}) {
    v1::VacantRole& vacant = *response.add_vacant();
    vacant.set_recipient(recipient);
    vacant.set_role(role);
    vacant.set_name(name);
  }
  Answer<v1::ListTiltakskortRequest>("EscalationService/ListTiltakskort", response);
  const Ran ran = Run({"escalation", "cards"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, "No tiltakskort.\n");
  EXPECT_EQ(ran.err,
            "nobody holds klinikksjef (Klinikksjef): h:974749025\n"
            "nobody holds kommunalsjef_helse (Kommunalsjef): k:5001, k:5031\n"
            "nobody holds tildelingskontor (Leder for tildelingskontoret): k:5001\n");
}

TEST_F(CliTest, ThatThereAreNoMailsIsSaidOfItsDay) {
  v1::ListDeliveriesResponse response;
  // By the hub's clock: 23:30 UTC of the 14th is the 15th in Oslo.
  *response.mutable_as_of()->mutable_now() = ToProto(kSeven - absl::Minutes(390));
  Answer<v1::ListDeliveriesRequest>("DailyStatusService/ListDeliveries", response);
  EXPECT_EQ(Run({"status", "deliveries"}).out,
            "No mails are due or were sent today (2026-01-15).\n");
  EXPECT_EQ(Run({"status", "deliveries", "--date", "2026-01-12"}).out,
            "No mails are due or were sent on 2026-01-12.\n");
}

}  // namespace
}  // namespace overgang
