# Writes the templates as one C++ source. Run as: cmake -DFOLDER=... -DFILES=a;b -DOUTPUT=... -P embed.cmake
set(entries "")
foreach(file ${FILES})
  file(READ ${FOLDER}/${file} bytes)
  string(APPEND entries "  if (name == \"${file}\") return R\"~~(${bytes})~~\";\n")
endforeach()
file(WRITE ${OUTPUT} "// Made by embed.cmake from the templates.
#include \"consumers/cardmail/card_text.h\"

namespace overgang::cardmail {

std::string_view TemplateFile(std::string_view name) {
${entries}  return {};
}

}  // namespace overgang::cardmail
")
