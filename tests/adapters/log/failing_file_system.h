// A file system that fails on demand, under the embedded log, and knows what was synced.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "rocksdb/env.h"
#include "rocksdb/file_system.h"

namespace overgang {

// Thread-safe.
class FailingFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  FailingFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "FailingFileSystem"; }

  void FailWrites(bool fail) { fail_writes_ = fail; }
  void FailSyncs(bool fail) { fail_syncs_ = fail; }
  // Of sorted files: that many more succeed, then all fail.
  void FailReadsAfter(int count) { reads_left_ = count; }
  void HealReads() { reads_left_ = kReadsUnlimited; }

  // Bytes of RocksDB's log files that were written and not synced.
  size_t UnsyncedLogBytes() const {
    std::lock_guard lock(mutex_);
    size_t bytes = 0;
    for (const auto& [name, count] : unsynced_) bytes += count;
    return bytes;
  }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* context) override {
    auto status = FileSystemWrapper::NewWritableFile(name, options, result, context);
    if (status.ok()) *result = std::make_unique<File>(std::move(*result), *this, name);
    return status;
  }
  rocksdb::IOStatus NewRandomAccessFile(const std::string& name,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                                        rocksdb::IODebugContext* context) override {
    auto status = FileSystemWrapper::NewRandomAccessFile(name, options, result, context);
    if (status.ok()) *result = std::make_unique<ReadFile>(std::move(*result), *this, name);
    return status;
  }

 private:
  static constexpr int kReadsUnlimited = 1 << 30;

  class ReadFile final : public rocksdb::FSRandomAccessFileOwnerWrapper {
   public:
    ReadFile(std::unique_ptr<rocksdb::FSRandomAccessFile> file, FailingFileSystem& system,
             std::string name)
        : FSRandomAccessFileOwnerWrapper(std::move(file)),
          system_(system),
          name_(std::move(name)) {}

    rocksdb::IOStatus Read(uint64_t offset, size_t size, const rocksdb::IOOptions& options,
                           rocksdb::Slice* result, char* scratch,
                           rocksdb::IODebugContext* context) const override {
      if (system_.reads_left_ != kReadsUnlimited && system_.reads_left_-- <= 0)
        return rocksdb::IOStatus::IOError("read", name_);
      return FSRandomAccessFileOwnerWrapper::Read(offset, size, options, result, scratch, context);
    }

   private:
    FailingFileSystem& system_;
    const std::string name_;
  };

  class File final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    File(std::unique_ptr<rocksdb::FSWritableFile> file, FailingFileSystem& system, std::string name)
        : FSWritableFileOwnerWrapper(std::move(file)), system_(system), name_(std::move(name)) {}

    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* context) override {
      if (system_.fail_writes_) return rocksdb::IOStatus::NoSpace("No space left on device", name_);
      system_.Count(name_, data.size());
      return FSWritableFileOwnerWrapper::Append(data, options, context);
    }
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             const rocksdb::DataVerificationInfo&,
                             rocksdb::IODebugContext* context) override {
      return Append(data, options, context);
    }
    rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* context) override {
      if (system_.fail_syncs_) return rocksdb::IOStatus::IOError("fsync", name_);
      auto status = FSWritableFileOwnerWrapper::Sync(options, context);
      if (status.ok()) system_.Synced(name_);
      return status;
    }
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options,
                            rocksdb::IODebugContext* context) override {
      return Sync(options, context);
    }

   private:
    FailingFileSystem& system_;
    const std::string name_;
  };

  void Count(const std::string& name, size_t bytes) {
    if (!name.ends_with(".log")) return;
    std::lock_guard lock(mutex_);
    unsynced_[name] += bytes;
  }
  void Synced(const std::string& name) {
    std::lock_guard lock(mutex_);
    unsynced_.erase(name);
  }

  std::atomic<bool> fail_writes_ = false, fail_syncs_ = false;
  std::atomic<int> reads_left_ = kReadsUnlimited;
  mutable std::mutex mutex_;
  std::map<std::string, size_t> unsynced_;
};

}  // namespace overgang
