#include <fstream>
#include <sstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "core/uuid.h"
#include "producers/simulator/doors.h"

namespace overgang::simulator {

namespace fs = std::filesystem;

namespace {

constexpr size_t kUnansweredMax = 100'000;

// The id of the message that an AppRec answers; empty where there is none.
std::string OriginalId(std::string_view apprec) {
  constexpr size_t kUuid = 36;
  constexpr size_t kWithin = 400;  // Behind the start of OriginalMsgId, that is.
  const size_t start = apprec.find("OriginalMsgId");
  if (start == std::string_view::npos) return {};
  for (size_t at = start; at < start + kWithin && at + kUuid <= apprec.size(); ++at) {
    if (IsUuid(apprec.substr(at, kUuid))) return std::string(apprec.substr(at, kUuid));
  }
  return {};
}

}  // namespace

absl::Status PloFolders::Put(const Message& message) {
  std::error_code error;
  fs::create_directories(inbox_, error);
  // A repeat is a file of its own, so the name has a number.
  const std::string name = absl::StrCat(message.id, "-", ++files_, ".xml");
  const fs::path half = inbox_ / absl::StrCat(".", name, ".part");
  {
    std::ofstream file(half, std::ios::binary);
    file << message.content;
    file.flush();
    if (!file)
      return absl::UnavailableError(
          absl::StrCat("cannot write into the PLO inbox ", inbox_.string()));
  }
  fs::rename(half, inbox_ / name, error);
  if (error)
    return absl::UnavailableError(
        absl::StrCat("cannot write into the PLO inbox ", inbox_.string(), ": ", error.message()));
  waiting_.emplace(inbox_ / name, message.send_at);
  if (unanswered_.size() < kUnansweredMax) unanswered_.insert(message.id);
  return absl::OkStatus();
}

std::vector<absl::Time> PloFolders::Taken() {
  std::vector<absl::Time> taken;
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    std::error_code error;
    if (fs::exists(it->first, error) || error) {
      ++it;
    } else {
      taken.push_back(it->second);
      it = waiting_.erase(it);
    }
  }
  return taken;
}

// Only AppRecs that name a message of this hospital system: others belong to somebody else.
void PloFolders::ReadAppRecs() {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator it(outbox_, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".xml") files.push_back(it->path());
  }
  for (const fs::path& path : files) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    const std::string content = text.str();
    if (unanswered_.erase(OriginalId(content)) == 0) continue;
    ++(content.find("Status V=\"2\"") == std::string::npos ? accepted_ : rejected_);
    fs::remove(path, error);
  }
}

}  // namespace overgang::simulator
