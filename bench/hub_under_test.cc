#include "bench/hub_under_test.h"

#include <utility>

#include "absl/time/clock.h"
#include "app/scratch_store.h"

namespace overgang::bench {

HubUnderTest::HubUnderTest(EventLog& log, std::unique_ptr<StateStore> store)
    : store_(std::move(store)),
      runner_(log, *store_, views_, metrics_, kIncarnation),
      history_({log, *store_, views_, clock_, kIncarnation, folder_ / "history",
                [this](const std::string& checkpoint) {
                  return MakeScratchStore(folder_.path(), checkpoint);
                }}),
      census_(views_, moments_, clock_, directory_, PaymentTerms::BuiltIn()) {
  census_.Register(methods_);
}

HubUnderTest::~HubUnderTest() { runner_.Stop(); }

void HubUnderTest::Start() { Check(runner_.Start(), "starting the runner"); }

void HubUnderTest::WaitFor(const Offsets& next) const {
  const Cursor wanted{kIncarnation, next};
  while (true) {
    const auto epoch = views_.Current();
    if (epoch != nullptr && epoch->cursor.Covers(wanted)) return;
    Check(views_.Trouble(), "folding");
    absl::SleepFor(absl::Milliseconds(2));
  }
}

}  // namespace overgang::bench
