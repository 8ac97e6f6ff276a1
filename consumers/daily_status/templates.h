// What the mails are made by: templates (core/mustache.h), words in bokmål and nynorsk, and which
// parts stand in which order. They are built into the program; an operator copies the files that
// are to be otherwise into a folder and changes them there. Immutable.
//
// Errors: INVALID_ARGUMENT with every mistake, one a line: "mail/status.html:12: {{upk}}: there is
// nothing of this name here; did you mean {{ukp}}?".
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "consumers/daily_status/words.h"
#include "core/embedded.h"
#include "core/mustache.h"

namespace overgang::daily_status {

inline constexpr size_t kTemplateBytesMax = 1 << 20;  // Of one file.

// words.nb.txt, words.nn.txt, layout.txt, status.html, status.txt: what an operator may copy.
std::span<const EmbeddedFile> BuiltInFiles();

class Templates {
 public:
  static const std::shared_ptr<const Templates>& BuiltIn();
  // The files of `folder`, and the built-in ones for those that it has not. Proven: every name that
  // a template or text uses is one that each mail has.
  static absl::StatusOr<std::shared_ptr<const Templates>> Load(const std::string& folder);

  const Words* WordsOf(std::string_view language) const;  // "nb", "nn"; null: no such language.
  const mustache::Template& html() const { return *html_; }
  const mustache::Template& text() const { return *text_; }
  // Ids of sections, in their order.
  const std::vector<std::string>& LayoutOf(bool kommune) const {
    return kommune ? kommune_layout_ : hospital_layout_;
  }

 private:
  // Each: takes the file's text.
  absl::Status Take(const std::string& path, std::string_view name, std::string_view bytes,
                    const Templates* built_in);
  absl::Status TakeLayout(const std::string& path, std::string_view bytes);

  std::shared_ptr<const Words> nb_;
  std::shared_ptr<const Words> nn_;
  std::shared_ptr<const mustache::Template> html_;
  std::shared_ptr<const mustache::Template> text_;
  std::vector<std::string> kommune_layout_;
  std::vector<std::string> hospital_layout_;
};

}  // namespace overgang::daily_status
