# Writes the page of a meeting as one C++ source. Run as: cmake -DFILE=... -DOUTPUT=... -P embed.cmake
file(READ ${FILE} bytes)
file(WRITE ${OUTPUT} "// Made by embed.cmake from summary.html.
#include \"consumers/meeting/summary.h\"

namespace overgang::meeting {

std::string_view SummaryTemplate() { return R\"~~(${bytes})~~\"; }

}  // namespace overgang::meeting
")
