#include "consumers/daily_status/templates.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "consumers/daily_status/mail_page.h"
#include "consumers/daily_status/page.h"
#include "core/edit_distance.h"

namespace overgang::daily_status {
namespace {

namespace fs = std::filesystem;

absl::StatusOr<std::string> ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(in), {});
  if (!in.good() && !in.eof()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path.string(), ": cannot be read; check who may read it"));
  }
  if (bytes.size() > kTemplateBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat(path.string(), ": is too large; a template has 1 MiB at most"));
  }
  return bytes;
}

// Texts of the folder; another name is most likely a mistake in writing.
absl::StatusOr<std::vector<fs::path>> FilesOf(const std::string& folder) {
  std::error_code error;
  std::vector<fs::path> files;
  std::vector<std::string> names;
  std::vector<std::string> mistakes;
  for (const EmbeddedFile& file : BuiltInFiles()) names.emplace_back(file.name);
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!name.ends_with(".txt") && !name.ends_with(".html")) continue;
    if (std::ranges::find(names, name) == names.end()) {
      mistakes.push_back(absl::StrCat(it->path().string(),
                                      ": no mail uses this file; did you mean ",
                                      Nearest(name, names), "?"));
    } else {
      files.push_back(it->path());
    }
  }
  if (error) {
    return absl::InvalidArgumentError(
        absl::StrCat(folder, ": ", error.message(), "; name a folder that the hub may read"));
  }
  if (!mistakes.empty()) return absl::InvalidArgumentError(absl::StrJoin(mistakes, "\n"));
  std::ranges::sort(files);
  return files;
}

}  // namespace

absl::Status Templates::TakeLayout(const std::string& path, std::string_view bytes) {
  const auto lines = ReadKeyedLines(path, bytes);
  if (!lines.ok()) return lines.status();
  const std::vector<std::string> known = SectionIds();
  std::vector<std::string> mistakes;
  for (const KeyedLine& line : *lines) {
    const std::string place = absl::StrCat(path, ":", line.line, ": ");
    if (line.key != "kommune" && line.key != "hospital") {
      mistakes.push_back(absl::StrCat(place, line.key, ": is neither kommune nor hospital"));
      continue;
    }
    std::vector<std::string>& layout = line.key == "kommune" ? kommune_layout_ : hospital_layout_;
    layout.clear();
    for (const auto& part : absl::StrSplit(line.text, ',', absl::SkipWhitespace())) {
      const std::string id(absl::StripAsciiWhitespace(part));
      if (std::ranges::find(known, id) == known.end()) {
        mistakes.push_back(absl::StrCat(place, id, ": there is no such part; did you mean ",
                                        Nearest(id, known), "?"));
      }
      layout.push_back(id);
    }
  }
  if (mistakes.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(mistakes, "\n"));
}

absl::Status Templates::Take(const std::string& path, std::string_view name, std::string_view bytes,
                             const Templates* built_in) {
  if (name == "layout.txt") return TakeLayout(path, bytes);
  if (name.starts_with("words.")) {
    const bool nb = name == "words.nb.txt";
    const Words* of_program =
        built_in == nullptr ? nullptr : (nb ? built_in->nb_ : built_in->nn_).get();
    auto words = Words::Parse(path, bytes, of_program);
    if (!words.ok()) return words.status();
    (nb ? nb_ : nn_) = std::make_shared<const Words>(*std::move(words));
    return absl::OkStatus();
  }
  const bool html = name == "status.html";
  auto parsed = mustache::Template::Parse(
      path, bytes, html ? mustache::Escape::kHtml : mustache::Escape::kNothing);
  if (!parsed.ok()) return parsed.status();
  (html ? html_ : text_) = std::make_shared<const mustache::Template>(*std::move(parsed));
  return absl::OkStatus();
}

const std::shared_ptr<const Templates>& Templates::BuiltIn() {
  static const std::shared_ptr<const Templates> built_in = [] {
    auto templates = std::make_shared<Templates>();
    for (const EmbeddedFile& file : BuiltInFiles())
      templates->Take(std::string(file.name), file.name, file.bytes, nullptr).IgnoreError();
    return templates;
  }();
  return built_in;
}

absl::StatusOr<std::shared_ptr<const Templates>> Templates::Load(const std::string& folder) {
  const auto files = FilesOf(folder);
  if (!files.ok()) return files.status();
  auto templates = std::make_shared<Templates>(*BuiltIn());
  std::vector<std::string> mistakes;
  for (const fs::path& path : *files) {
    const auto bytes = ReadFile(path);
    const absl::Status status =
        bytes.ok()
            ? templates->Take(path.string(), path.filename().string(), *bytes, BuiltIn().get())
            : bytes.status();
    if (!status.ok()) mistakes.emplace_back(status.message());
  }
  if (mistakes.empty()) {
    if (absl::Status status = Prove(*templates); !status.ok())
      mistakes.emplace_back(status.message());
  }
  if (!mistakes.empty()) return absl::InvalidArgumentError(absl::StrJoin(mistakes, "\n"));
  return templates;
}

const Words* Templates::WordsOf(std::string_view language) const {
  if (language == "nb") return nb_.get();
  return language == "nn" ? nn_.get() : nullptr;
}

}  // namespace overgang::daily_status
