// A clock that a test sets, preloaded into a program that is run as it is: LD_PRELOAD this library,
// and name in OVERGANG_CLOCK a file of two numbers of 8 bytes, by how many nanoseconds the wall
// clock and the time since boot are ahead of the machine's. They may be changed at any time.
// Waiting goes by CLOCK_MONOTONIC and is as ever.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace {

constexpr int64_t kSecond = 1'000'000'000;

struct Ahead {
  std::atomic<int64_t> wall;
  std::atomic<int64_t> boot;
};

const Ahead* Open() {
  static const Ahead kNone{};
  const char* path = std::getenv("OVERGANG_CLOCK");
  const int file = path == nullptr ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return &kNone;
  void* mapped = mmap(nullptr, sizeof(Ahead), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  return mapped == MAP_FAILED ? &kNone : static_cast<const Ahead*>(mapped);
}

int64_t AheadOf(clockid_t clock) {
  static const Ahead* const ahead = Open();
  switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
      return ahead->wall.load();
    case CLOCK_BOOTTIME:
      return ahead->boot.load();
    default:
      return 0;
  }
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) {
  using Function = int (*)(clockid_t, timespec*);
  static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "clock_gettime"));
  const int result = real(clock, time);
  if (result != 0) return result;
  const int64_t ns = time->tv_sec * kSecond + time->tv_nsec + AheadOf(clock);
  time->tv_sec = ns / kSecond;
  time->tv_nsec = ns % kSecond;
  return 0;
}

int gettimeofday(timeval* time, void*) {
  timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* result) {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (result != nullptr) *result = now.tv_sec;
  return now.tv_sec;
}
}
