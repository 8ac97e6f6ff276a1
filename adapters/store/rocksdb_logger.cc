#include "adapters/store/rocksdb_logger.h"

#include <array>
#include <cstdarg>
#include <cstdio>

#include "spdlog/spdlog.h"

namespace overgang {
namespace {

constexpr size_t kLineBytesMax = 512;  // What is longer is cut.

class RocksdbLogger final : public rocksdb::Logger {
 public:
  RocksdbLogger() : Logger(rocksdb::InfoLogLevel::ERROR_LEVEL) {}
  ~RocksdbLogger() override { Close().PermitUncheckedError(); }

  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    std::array<char, kLineBytesMax> line;
    if (std::vsnprintf(line.data(), line.size(), format, arguments) < 0) return;
    spdlog::error("rocksdb: {}", line.data());
  }
  void LogHeader(const char*, va_list) override {}  // Options and version, at every start.

 protected:
  rocksdb::Status CloseImpl() override { return rocksdb::Status::OK(); }
};

}  // namespace

std::shared_ptr<rocksdb::Logger> MakeRocksdbLogger() { return std::make_shared<RocksdbLogger>(); }

}  // namespace overgang
