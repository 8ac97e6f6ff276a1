#include "consumers/daily_status/picture.h"

#include <cairo/cairo.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "absl/strings/str_cat.h"
#include "core/oslo_time.h"
#include "core/sheet.h"

namespace overgang::daily_status {
namespace {

constexpr double kScale = 1.5;  // Pixels for each that is shown.
constexpr double kLeft = 38, kRight = 8, kTop = 18, kBottom = 24;
constexpr double kFontSize = 13;
constexpr double kBarShare = 0.72;  // Of the room that a day has.
constexpr int kLinesMax = 4;        // Across, above the lowest.
constexpr int kDaysInWeek = 7;

struct Colour {
  double red, green, blue;
};
constexpr Colour kPaper{1, 1, 1};
constexpr Colour kLine{0.84, 0.86, 0.89};
constexpr Colour kText{0.20, 0.26, 0.31};
constexpr Colour kDay{0.66, 0.76, 0.86};
constexpr Colour kSameWeekday{0.30, 0.51, 0.71};
constexpr Colour kToday{0.04, 0.16, 0.29};

// How far lines are apart, so that there are few and their numbers are round.
double StepOf(double most) {
  for (double power = 1;; power *= 10) {
    for (const double step : {1.0, 2.0, 5.0}) {
      if (most <= step * power * kLinesMax) return step * power;
    }
  }
}

struct Destroy {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_t* cairo) const { cairo_destroy(cairo); }
};

class Drawing {
 public:
  explicit Drawing(const Trend& trend)
      : trend_(trend),
        surface_(cairo_image_surface_create(CAIRO_FORMAT_RGB24,
                                            static_cast<int>(kPictureWidth * kScale),
                                            static_cast<int>(kPictureHeight * kScale))),
        cairo_(cairo_create(surface_.get())),
        step_(StepOf(std::max(1.0, trend.most()))),
        top_(step_ * std::max(1.0, std::ceil(trend.most() / step_))) {
    cairo_scale(cairo_.get(), kScale, kScale);
    cairo_select_font_face(cairo_.get(), "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                           CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo_.get(), kFontSize);
  }

  void Draw(const std::string& today) {
    Use(kPaper);
    cairo_paint(cairo_.get());
    DrawLines();
    const double room = (kPictureWidth - kLeft - kRight) / static_cast<double>(trend_.days.size());
    for (size_t i = 0; i < trend_.days.size(); ++i) {
      const auto days_back = static_cast<int>(trend_.days.size() - 1 - i);
      DrawDay(trend_.days[i], days_back, kLeft + static_cast<double>(i) * room, room, today);
    }
  }

  absl::StatusOr<std::string> Png() {
    std::string png;
    const cairo_status_t status = cairo_surface_write_to_png_stream(
        surface_.get(),
        [](void* to, const unsigned char* bytes, unsigned int count) {
          static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(bytes), count);
          return CAIRO_STATUS_SUCCESS;
        },
        &png);
    if (status == CAIRO_STATUS_SUCCESS) return png;
    return absl::InternalError(
        absl::StrCat("the picture of a mail cannot be drawn: ", cairo_status_to_string(status)));
  }

 private:
  enum class Align { kMiddle, kRight };

  void Use(const Colour& colour) {
    cairo_set_source_rgb(cairo_.get(), colour.red, colour.green, colour.blue);
  }
  static double HeightOf(double number, double top) {
    return number / top * (kPictureHeight - kTop - kBottom);
  }
  static double Base() { return kPictureHeight - kBottom; }

  void Write(const std::string& text, double x, double y, Align align) {
    cairo_text_extents_t size;
    cairo_text_extents(cairo_.get(), text.c_str(), &size);
    const double from = align == Align::kRight ? x - size.x_advance : x - size.x_advance / 2;
    cairo_move_to(cairo_.get(), std::min(from, kPictureWidth - size.x_advance - 1), y);
    cairo_show_text(cairo_.get(), text.c_str());
  }

  void DrawLines() {
    for (double number = 0; number <= top_; number += step_) {
      const double y = std::round(Base() - HeightOf(number, top_)) + 0.5;
      Use(kLine);
      cairo_set_line_width(cairo_.get(), 1);
      cairo_move_to(cairo_.get(), kLeft, y);
      cairo_line_to(cairo_.get(), kPictureWidth - kRight, y);
      cairo_stroke(cairo_.get());
      Use(kText);
      Write(NumberText(number, 0), kLeft - 6, y + kFontSize * 0.36, Align::kRight);
    }
  }

  void DrawDay(const TrendDay& day, int days_back, double x, double room,
               const std::string& today) {
    const double middle = x + room / 2;
    if (day.ukp) {
      const double height = HeightOf(*day.ukp, top_);
      Use(days_back == 0 ? kToday : days_back % kDaysInWeek == 0 ? kSameWeekday : kDay);
      cairo_rectangle(cairo_.get(), middle - room * kBarShare / 2, Base() - height,
                      room * kBarShare, height);
      cairo_fill(cairo_.get());
      if (days_back == 0)
        Write(NumberText(*day.ukp, 0), middle, Base() - height - 4, Align::kMiddle);
    }
    if (days_back % kDaysInWeek != 0) return;
    Use(kText);
    Write(days_back == 0 ? today : absl::StrCat(day.date.day(), ".", day.date.month(), "."), middle,
          Base() + kFontSize + 5, Align::kMiddle);
  }

  const Trend& trend_;
  const std::unique_ptr<cairo_surface_t, Destroy> surface_;
  const std::unique_ptr<cairo_t, Destroy> cairo_;
  const double step_;
  const double top_;
};

}  // namespace

double Trend::least() const {
  double least = most();
  for (const TrendDay& day : days) least = std::min(least, day.ukp.value_or(least));
  return least;
}

double Trend::most() const {
  double most = 0;
  for (const TrendDay& day : days) most = std::max(most, day.ukp.value_or(0));
  return most;
}

Trend TrendOf(const Figures& figures) {
  Trend trend;
  for (const std::string& of : figures.Parts("ukp_morning")) {
    const auto date = ParseDate(of);
    if (!date.ok()) continue;
    const v1::StatusNumber* number = figures.Find("ukp_morning", of);
    trend.days.push_back({*date, {}});
    if (!number->unknown()) trend.days.back().ukp = number->value();
  }
  if (!trend.days.empty()) trend.days.push_back({trend.days.back().date + 1, figures.Value("ukp")});
  return trend;
}

absl::StatusOr<std::string> DrawTrend(const Trend& trend, const std::string& today) {
  if (trend.days.empty()) return absl::InternalError("a picture of no days");
  Drawing drawing(trend);
  drawing.Draw(today);
  return drawing.Png();
}

}  // namespace overgang::daily_status
