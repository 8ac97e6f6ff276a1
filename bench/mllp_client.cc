#include "bench/mllp_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "bench/table.h"
#include "core/directory.h"
#include "producers/simulator/person.h"

namespace overgang::bench {
namespace {

constexpr int kEventsMax = 64;
constexpr size_t kAnswerBytesMax = 4'096;
constexpr int kSilentMs = 10'000;
constexpr int kOpenVisits = 500;  // As many patients as a hospital has.
constexpr const char* kAdmittedAt = "20260301115500+0100";

void CheckCall(bool ok, std::string_view what) {
  if (!ok) Check(absl::UnavailableError(std::strerror(errno)), what);
}

struct Connection {
  int socket = -1;
  double sent_at = 0;
  std::string answer;
};

int Connect(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CheckCall(socket >= 0, "a socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CheckCall(connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0,
            "connecting");
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return socket;
}

// A frame is small and the connection idle: it goes out whole.
void Send(Connection* connection, const std::string& frame) {
  connection->sent_at = WallSeconds();
  const ssize_t sent = send(connection->socket, frame.data(), frame.size(), MSG_NOSIGNAL);
  CheckCall(sent == static_cast<ssize_t>(frame.size()), "sending");
}

// True: the answer is whole.
bool Receive(Connection* connection) {
  char bytes[kAnswerBytesMax];
  const ssize_t got = recv(connection->socket, bytes, sizeof(bytes), 0);
  CheckCall(got > 0, "receiving");
  connection->answer.append(bytes, static_cast<size_t>(got));
  if (!connection->answer.ends_with("\x1c\r")) return false;
  if (connection->answer.find("\rMSA|AA|") == std::string::npos) {
    Check(absl::InternalError(connection->answer), "an answer that is not AA");
  }
  connection->answer.clear();
  return true;
}

// A01 or A03 of the visit of this number, which has a person of its own.
std::string MakeFrame(int message, int visit, bool discharge) {
  // Some twenty thousand birth dates, then another number of the same date.
  const absl::CivilDay born = absl::CivilDay(1930, 1, 1) + visit % 20'000;
  const std::string number = simulator::SyntheticNumber(born, v1::SEX_FEMALE, false,
                                                        static_cast<uint64_t>(visit / 20'000) * 6);
  const std::string date = absl::StrFormat("%04d%02d%02d", born.year(), born.month(), born.day());
  const std::string kommune =
      AllKommuner()[static_cast<size_t>(visit) % AllKommuner().size()].number;
  const std::string event = discharge ? "A03" : "A01";
  const std::string at = discharge ? "20260301115900+0100" : kAdmittedAt;
  return absl::StrCat(
      "\x0bMSH|^~\\&|PAS|STO|OVERGANG|HUB|20260301120000+0100||ADT^", event, "|B", message,
      "|P|2.5||||||UNICODE UTF-8\rEVN|", event, "|20260301120000+0100||||", at, "\rPID|1||", number,
      "^^^FNR&2.16.578.1.12.4.1.4.1&ISO^NNNOR||Strand^Kari||", date,
      "|F|||Strandgata 1^^^^^NOR^H^^", kommune, "\rPV1|1|I|MED1^12^1^STO|E||||||||||7|||||V", visit,
      std::string(25, '|'), kAdmittedAt, discharge ? "|" + at : std::string(), "\r\x1c\r");
}

}  // namespace

std::vector<std::string> MakeMessages(int count, int first) {
  std::vector<std::string> frames;
  for (int i = 0; i < count; ++i) {
    const int visit = i / 2;
    const bool discharge = i % 2 == 1;
    // The first ones are discharged twice: the second says nothing new, and costs the same.
    const int of = discharge && visit >= kOpenVisits ? visit - kOpenVisits : visit;
    frames.push_back(MakeFrame(first + i, first + of, discharge));
  }
  return frames;
}

MllpResult SendAll(int port, int connections, const std::vector<std::string>& frames) {
  MllpResult result;
  result.latency_ms.reserve(frames.size());
  const int poll = epoll_create1(EPOLL_CLOEXEC);
  CheckCall(poll >= 0, "epoll");
  std::vector<Connection> all(static_cast<size_t>(connections));
  for (Connection& connection : all) {
    connection.socket = Connect(port);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &connection;
    epoll_ctl(poll, EPOLL_CTL_ADD, connection.socket, &event);
  }
  const double began = WallSeconds();
  size_t next = 0;
  for (Connection& connection : all) Send(&connection, frames[next++]);
  while (result.latency_ms.size() < frames.size()) {
    epoll_event events[kEventsMax];
    const int ready = epoll_wait(poll, events, kEventsMax, kSilentMs);
    if (ready == 0) Check(absl::DeadlineExceededError("no answer"), "waiting for an answer");
    for (int i = 0; i < ready; ++i) {
      auto* connection = static_cast<Connection*>(events[i].data.ptr);
      if (!Receive(connection)) continue;
      result.latency_ms.push_back((WallSeconds() - connection->sent_at) * 1e3);
      if (next < frames.size()) Send(connection, frames[next++]);
    }
  }
  result.wall_s = WallSeconds() - began;
  for (const Connection& connection : all) close(connection.socket);
  close(poll);
  return result;
}

}  // namespace overgang::bench
