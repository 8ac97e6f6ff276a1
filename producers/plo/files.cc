#include "producers/plo/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"

namespace overgang::plo {
namespace {

// Closes at the end of its scope.
struct File {
  explicit File(int opened) : fd(opened) {}
  ~File() {
    if (fd >= 0) close(fd);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  const int fd;
};

std::string FolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

FileId IdOf(const struct stat& about) {
  return {about.st_dev, about.st_ino, absl::TimeFromTimespec(about.st_mtim)};
}

}  // namespace

absl::Status FileError(std::string_view path, std::string_view what) {
  return absl::UnavailableError(
      absl::StrCat(std::string(path), " ", std::string(what), ": ", std::strerror(errno)));
}

absl::Status WriteWhole(const std::string& path, std::string_view text) {
  const File file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
  if (file.fd < 0) return FileError(path, "cannot be created");
  while (!text.empty()) {
    const ssize_t put = write(file.fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return FileError(path, "cannot be written");
    text.remove_prefix(static_cast<size_t>(put));
  }
  return fsync(file.fd) == 0 ? absl::OkStatus() : FileError(path, "cannot be written");
}

absl::Status SyncFolderOf(const std::string& path) {
  const std::string folder = FolderOf(path);
  const File file(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.fd < 0 || fsync(file.fd) != 0) return FileError(folder, "cannot be synced");
  return absl::OkStatus();
}

absl::StatusOr<FileId> IdOf(const std::string& path) {
  struct stat about = {};
  if (lstat(path.c_str(), &about) == 0) return IdOf(about);
  if (errno == ENOENT) return absl::NotFoundError("the file is gone");
  return FileError(FolderOf(path), "has a file that cannot be looked at");
}

absl::StatusOr<ReadFile> ReadUpTo(const std::string& path, size_t bytes_max) {
  const File file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (file.fd < 0) {
    if (errno == ENOENT) return absl::NotFoundError("the file is gone");
    if (errno == ELOOP) return absl::InvalidArgumentError("a link");
    return FileError(FolderOf(path), "has a file that cannot be opened");
  }
  struct stat about = {};
  if (fstat(file.fd, &about) != 0)
    return FileError(FolderOf(path), "has a file that cannot be read");
  if (!S_ISREG(about.st_mode)) return absl::InvalidArgumentError("no plain file");
  ReadFile result{"", IdOf(about)};
  std::string& text = result.bytes;
  text.resize(std::min(static_cast<size_t>(about.st_size), bytes_max + 1));
  size_t at = 0;
  while (at < text.size()) {
    const ssize_t got = read(file.fd, text.data() + at, text.size() - at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError(FolderOf(path), "has a file that cannot be read");
    if (got == 0) break;
    at += static_cast<size_t>(got);
  }
  text.resize(at);
  return result;
}

absl::Status Rename(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
  return FileError(FolderOf(from), "has a file that cannot be moved");
}

}  // namespace overgang::plo
