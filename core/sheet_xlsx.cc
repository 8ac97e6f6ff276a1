// A sheet as XLSX; the only place that knows libxlsxwriter.
#include <sys/mman.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "core/sheet.h"

namespace overgang {
namespace {

constexpr double kTextWidth = 24;  // Of a column, in characters.
constexpr double kNumberWidth = 14;
constexpr double kDefinitionWidth = 100;

// libxlsxwriter writes to a name; this one is of no folder.
class MemoryFile {
 public:
  MemoryFile() : fd_(memfd_create("workbook", MFD_CLOEXEC)) {}
  ~MemoryFile() {
    if (fd_ >= 0) close(fd_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  bool ok() const { return fd_ >= 0; }
  std::string path() const { return absl::StrCat("/proc/self/fd/", fd_); }
  std::string Bytes() const {
    std::string bytes(static_cast<size_t>(lseek(fd_, 0, SEEK_END)), '\0');
    const ssize_t got = pread(fd_, bytes.data(), bytes.size(), 0);
    bytes.resize(got < 0 ? 0 : static_cast<size_t>(got));
    return bytes;
  }

 private:
  const int fd_;
};

class Workbook {
 public:
  Workbook(const std::string& file, absl::Time created) : book_(workbook_new(file.c_str())) {
    lxw_doc_properties properties{};
    properties.created = absl::ToTimeT(created);  // Else it is the time of writing.
    workbook_set_properties(book_, &properties);
    bold_ = workbook_add_format(book_);
    format_set_bold(bold_);
    title_ = workbook_add_format(book_);
    format_set_bold(title_);
    format_set_text_wrap(title_);
    format_set_align(title_, LXW_ALIGN_VERTICAL_TOP);
  }

  void AddNumbers(const Sheet& sheet) {
    lxw_worksheet* page = workbook_add_worksheet(book_, sheet.tab.c_str());
    std::vector<lxw_format*> formats;
    for (size_t i = 0; i < sheet.columns.size(); ++i) {
      const Sheet::Column& column = sheet.columns[i];
      formats.push_back(NumberFormat(column));
      worksheet_set_column(page, At(i), At(i), column.unit.empty() ? kTextWidth : kNumberWidth,
                           nullptr);
      worksheet_write_string(page, 0, At(i), column.title.c_str(), title_);
    }
    worksheet_freeze_panes(page, 1, 0);
    lxw_row_t row = 1;
    for (const auto& cells : sheet.rows) WriteRow(page, row++, cells, formats);
    if (!sheet.sum.empty()) WriteRow(page, row, sheet.sum, formats);
  }

  void AddDefinitions(const Sheet& sheet) {
    lxw_worksheet* page = workbook_add_worksheet(book_, "Definisjoner");
    worksheet_set_column(page, 0, 1, kTextWidth, nullptr);
    worksheet_set_column(page, 2, 2, kDefinitionWidth, nullptr);
    lxw_row_t row = 0;
    worksheet_write_string(page, row++, 0, sheet.title.c_str(), bold_);
    for (const auto& [name, value] : sheet.notes) {
      worksheet_write_string(page, row, 0, name.c_str(), nullptr);
      worksheet_write_string(page, row++, 1, value.c_str(), nullptr);
    }
    ++row;
    const char* const titles[] = {"Tall", "Enhet", "Definisjon"};
    for (lxw_col_t i = 0; i < 3; ++i) worksheet_write_string(page, row, i, titles[i], bold_);
    for (const Sheet::Column& column : sheet.columns) {
      if (column.definition.empty()) continue;
      ++row;
      worksheet_write_string(page, row, 0, column.title.c_str(), nullptr);
      worksheet_write_string(page, row, 1, column.unit.c_str(), nullptr);
      worksheet_write_string(page, row, 2, column.definition.c_str(), nullptr);
    }
  }

  absl::Status Close() {
    const lxw_error error = workbook_close(book_);
    if (error == LXW_NO_ERROR) return absl::OkStatus();
    return absl::UnavailableError(
        absl::StrCat("a workbook cannot be written: ", lxw_strerror(error),
                     "; make room in the folder for temporary files"));
  }

 private:
  static lxw_col_t At(size_t column) { return static_cast<lxw_col_t>(column); }

  // Excel shows its own country's commas and spaces for these.
  lxw_format* NumberFormat(const Sheet::Column& column) {
    if (column.unit.empty() || column.decimals == Sheet::kAsNeeded) return nullptr;
    lxw_format* format = workbook_add_format(book_);
    std::string pattern = "#,##0";
    if (column.decimals > 0)
      pattern += "." + std::string(static_cast<size_t>(column.decimals), '0');
    format_set_num_format(format, pattern.c_str());
    return format;
  }

  static void WriteRow(lxw_worksheet* page, lxw_row_t row, const std::vector<Sheet::Cell>& cells,
                       const std::vector<lxw_format*>& formats) {
    for (size_t i = 0; i < cells.size(); ++i) {
      if (const auto* text = std::get_if<std::string>(&cells[i]))
        worksheet_write_string(page, row, At(i), text->c_str(), nullptr);
      if (const auto* number = std::get_if<double>(&cells[i]))
        worksheet_write_number(page, row, At(i), *number, formats[i]);
    }
  }

  lxw_workbook* const book_;  // Freed by Close.
  lxw_format* bold_ = nullptr;
  lxw_format* title_ = nullptr;
};

}  // namespace

absl::StatusOr<std::string> XlsxOf(std::span<const Sheet> sheets, absl::Time created) {
  const MemoryFile file;
  if (!file.ok()) {
    return absl::UnavailableError(
        absl::StrCat("no memory for a workbook: ", strerror(errno)));  // NOLINT
  }
  Workbook book(file.path(), created);
  for (const Sheet& sheet : sheets) book.AddNumbers(sheet);
  const bool defines = !sheets.empty() &&
                       std::ranges::any_of(sheets.front().columns,
                                           [](auto& column) { return !column.definition.empty(); });
  if (defines || (!sheets.empty() && !sheets.front().notes.empty()))
    book.AddDefinitions(sheets.front());
  if (absl::Status status = book.Close(); !status.ok()) return status;
  return file.Bytes();
}

}  // namespace overgang
