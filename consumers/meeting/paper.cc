#include "consumers/meeting/paper.h"

#include <cairo/cairo-pdf.h>
#include <cairo/cairo.h>

#include <charconv>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace overgang::meeting {
namespace {

constexpr char kEllipsis[] = "…";
constexpr double kHairline = 0.5;

// How long the character is that begins there; one byte where the text is no UTF-8.
size_t CharacterBytes(const std::string& text, size_t at) {
  size_t bytes = 1;
  while (at + bytes < text.size() &&
         (static_cast<unsigned char>(text[at + bytes]) & 0xC0U) == 0x80U)
    ++bytes;
  return bytes;
}

std::string WithoutLastCharacter(std::string text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U)
    text.pop_back();
  if (!text.empty()) text.pop_back();
  return text;
}

// The number after the last `name` in the text; -1 where there is none.
int64_t NumberAfter(const std::string& text, std::string_view name) {
  const size_t at = text.rfind(name);
  if (at == std::string::npos) return -1;
  int64_t number = -1;
  const char* begin = text.data() + at + name.size();
  while (*begin == ' ' || *begin == '\n' || *begin == '\r') ++begin;
  std::from_chars(begin, text.data() + text.size(), number);
  return number;
}

// Cairo cannot say what language a text is in, which a screen reader needs: the catalog is written
// anew with it, as an update that stands after the end (ISO 32000-1, 7.5.6).
std::string WithLanguage(std::string pdf) {
  const int64_t root = NumberAfter(pdf, "/Root ");
  const int64_t info = NumberAfter(pdf, "/Info ");
  const int64_t pages = NumberAfter(pdf, "/Pages ");
  const int64_t size = NumberAfter(pdf, "/Size ");
  const int64_t xref = NumberAfter(pdf, "startxref");
  if (root < 0 || info < 0 || pages < 0 || size < 0 || xref < 0) return pdf;
  const size_t catalog_at = pdf.size();
  absl::StrAppend(&pdf, root, " 0 obj\n<< /Type /Catalog /Pages ", pages,
                  " 0 R /Lang (nb-NO) /ViewerPreferences << /DisplayDocTitle true >> >>\nendobj\n");
  const size_t xref_at = pdf.size();
  absl::StrAppend(&pdf, "xref\n", root, " 1\n", absl::StrFormat("%010d 00000 n \n", catalog_at),
                  "trailer\n<< /Size ", size, " /Root ", root, " 0 R /Info ", info, " 0 R /Prev ",
                  xref, " >>\nstartxref\n", xref_at, "\n%%EOF\n");
  return pdf;
}

cairo_status_t Append(void* to, const unsigned char* bytes, unsigned int count) {
  static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(bytes), count);
  return CAIRO_STATUS_SUCCESS;
}

}  // namespace

struct Paper::Cairo {
  explicit Cairo(std::string* pdf)
      : surface(cairo_pdf_surface_create_for_stream(&Append, pdf, kPaperWidth, kPaperHeight)) {
    // Later versions may hide the catalog in a compressed stream.
    cairo_pdf_surface_restrict_to_version(surface, CAIRO_PDF_VERSION_1_4);
    context = cairo_create(surface);
  }
  ~Cairo() {
    cairo_destroy(context);
    cairo_surface_destroy(surface);
  }
  Cairo(const Cairo&) = delete;
  Cairo& operator=(const Cairo&) = delete;

  cairo_surface_t* surface;
  cairo_t* context = nullptr;
};

Paper::Paper(const std::string& title, absl::Time made, double scale)
    : scale_(scale), cairo_(std::make_unique<Cairo>(&pdf_)) {
  cairo_scale(cairo_->context, scale, scale);
  const std::string at = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", made, absl::UTCTimeZone());
  cairo_pdf_surface_set_metadata(cairo_->surface, CAIRO_PDF_METADATA_TITLE, title.c_str());
  cairo_pdf_surface_set_metadata(cairo_->surface, CAIRO_PDF_METADATA_CREATOR, "Overgang");
  cairo_pdf_surface_set_metadata(cairo_->surface, CAIRO_PDF_METADATA_CREATE_DATE, at.c_str());
}

Paper::~Paper() = default;

void Paper::Use(const Font& font) {
  cairo_select_font_face(cairo_->context, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                         font.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(cairo_->context, font.size);
}

double Paper::WidthOf(const std::string& text, const Font& font) {
  Use(font);
  cairo_text_extents_t size;
  cairo_text_extents(cairo_->context, text.c_str(), &size);
  return size.x_advance;
}

std::vector<std::string> Paper::Wrapped(const std::string& text, const Font& font, double width,
                                        size_t lines_max) {
  std::vector<std::string> lines;
  std::string line;
  const auto end_line = [&] {
    lines.push_back(line);
    line.clear();
  };
  const std::vector<std::string> words =
      absl::StrSplit(text, absl::ByAnyChar(" \t\r\n"), absl::SkipEmpty());
  for (const std::string& word : words) {
    if (lines.size() > lines_max) break;
    const std::string longer = absl::StrCat(line, line.empty() ? "" : " ", word);
    if (WidthOf(longer, font) <= width) {
      line = longer;
      continue;
    }
    if (!line.empty()) end_line();
    // A word wider than the line is broken where it has to be.
    for (size_t at = 0; at < word.size();) {
      const std::string character = word.substr(at, CharacterBytes(word, at));
      if (!line.empty() && WidthOf(line + character, font) > width) end_line();
      line += character;
      at += character.size();
    }
  }
  if (!line.empty()) end_line();
  if (lines.size() <= lines_max) return lines;
  lines.resize(lines_max);
  std::string& last = lines.back();
  while (!last.empty() && WidthOf(last + kEllipsis, font) > width)
    last = WithoutLastCharacter(std::move(last));
  last += kEllipsis;
  return lines;
}

void Paper::Write(const std::string& text, double x, double y, const Font& font, Align align) {
  const double from = align == Align::kRight ? x - WidthOf(text, font) : x;
  Use(font);
  cairo_set_source_rgb(cairo_->context, font.colour.red, font.colour.green, font.colour.blue);
  cairo_move_to(cairo_->context, from, y);
  cairo_show_text(cairo_->context, text.c_str());
}

void Paper::Line(double x, double y, double width, const Colour& colour) {
  cairo_set_source_rgb(cairo_->context, colour.red, colour.green, colour.blue);
  cairo_set_line_width(cairo_->context, kHairline);
  cairo_move_to(cairo_->context, x, y);
  cairo_line_to(cairo_->context, x + width, y);
  cairo_stroke(cairo_->context);
}

void Paper::Box(double x, double y, double width, double height, const Colour& fill) {
  cairo_rectangle(cairo_->context, x, y, width, height);
  cairo_set_source_rgb(cairo_->context, fill.red, fill.green, fill.blue);
  cairo_fill_preserve(cairo_->context);
  cairo_set_source_rgb(cairo_->context, kGrey.red, kGrey.green, kGrey.blue);
  cairo_set_line_width(cairo_->context, kHairline);
  cairo_stroke(cairo_->context);
}

absl::StatusOr<std::string> Paper::Finish() {
  cairo_show_page(cairo_->context);
  const cairo_status_t drawn = cairo_status(cairo_->context);
  cairo_surface_finish(cairo_->surface);
  const cairo_status_t written = cairo_surface_status(cairo_->surface);
  const cairo_status_t status = drawn == CAIRO_STATUS_SUCCESS ? written : drawn;
  if (status == CAIRO_STATUS_SUCCESS) return WithLanguage(pdf_);
  return absl::InternalError(
      absl::StrCat("the page of a meeting cannot be drawn: ", cairo_status_to_string(status)));
}

}  // namespace overgang::meeting
