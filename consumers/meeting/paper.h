// One A4 page that is drawn on and becomes a PDF: text in DejaVu Sans, lines and boxes. The only
// file here that knows cairo.
//
// Lengths are points (1/72 inch), or of a scaled page what becomes `scale` points, from the upper
// left corner; text stands on its y. The PDF has a
// title, its time and its language (bokmål), and is the same bytes for the same drawing.
// One thread. Errors: INTERNAL where cairo cannot draw.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace overgang::meeting {

inline constexpr double kPaperWidth = 595.28;
inline constexpr double kPaperHeight = 841.89;

struct Colour {
  double red, green, blue;
};
inline constexpr Colour kBlack{0.08, 0.15, 0.17};
inline constexpr Colour kGrey{0.33, 0.40, 0.43};

struct Font {
  double size;
  bool bold = false;
  Colour colour = kBlack;
};

class Paper {
 public:
  Paper(const std::string& title, absl::Time made, double scale);
  ~Paper();

  double Width() const { return kPaperWidth / scale_; }
  double Height() const { return kPaperHeight / scale_; }

  double WidthOf(const std::string& text, const Font& font);
  // In lines of at most this width; what does not fit into `lines_max` is cut off with "…".
  std::vector<std::string> Wrapped(const std::string& text, const Font& font, double width,
                                   size_t lines_max);

  enum class Align { kLeft, kRight };
  void Write(const std::string& text, double x, double y, const Font& font,
             Align align = Align::kLeft);
  void Line(double x, double y, double width, const Colour& colour);
  void Box(double x, double y, double width, double height, const Colour& fill);

  // The PDF; nothing is drawn after it.
  absl::StatusOr<std::string> Finish();

 private:
  struct Cairo;
  void Use(const Font& font);

  const double scale_;
  std::string pdf_;
  const std::unique_ptr<Cairo> cairo_;
};

}  // namespace overgang::meeting
