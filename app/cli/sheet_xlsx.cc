// A sheet as XLSX; the only place that knows libxlsxwriter.
#include <xlsxwriter.h>

#include <algorithm>

#include "app/cli/sheet.h"

namespace overgang::cli {
namespace {

constexpr double kTextWidth = 24;  // Of a column, in characters.
constexpr double kNumberWidth = 14;
constexpr double kDefinitionWidth = 100;

class Workbook {
 public:
  explicit Workbook(const std::string& file) : file_(file), book_(workbook_new(file.c_str())) {
    bold_ = workbook_add_format(book_);
    format_set_bold(bold_);
    title_ = workbook_add_format(book_);
    format_set_bold(title_);
    format_set_text_wrap(title_);
    format_set_align(title_, LXW_ALIGN_VERTICAL_TOP);
  }

  void AddNumbers(const Sheet& sheet) {
    lxw_worksheet* page = workbook_add_worksheet(book_, "Tall");
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
    return workbook_close(book_) == LXW_NO_ERROR ? absl::OkStatus() : CannotBeWritten(file_);
  }

 private:
  static lxw_col_t At(size_t column) { return static_cast<lxw_col_t>(column); }

  // Excel shows its own country's commas and spaces for these.
  lxw_format* NumberFormat(const Sheet::Column& column) {
    if (column.unit.empty()) return nullptr;
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

  const std::string file_;
  lxw_workbook* const book_;  // Freed by Close.
  lxw_format* bold_ = nullptr;
  lxw_format* title_ = nullptr;
};

}  // namespace

absl::Status WriteXlsx(const Sheet& sheet, const std::string& file) {
  Workbook book(file);
  book.AddNumbers(sheet);
  book.AddDefinitions(sheet);
  return book.Close();
}

}  // namespace overgang::cli
