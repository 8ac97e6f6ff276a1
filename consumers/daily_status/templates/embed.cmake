# Writes the built-in templates as one C++ source. Run as: cmake -DFOLDER=... -DFILES=a;b -DOUTPUT=... -P embed.cmake
set(entries "")
foreach(file ${FILES})
  file(READ ${FOLDER}/${file} bytes)
  string(APPEND entries "      {\"${file}\", R\"~~(${bytes})~~\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Made by embed.cmake from the templates.
#include \"consumers/daily_status/templates.h\"

namespace overgang::daily_status {

std::span<const TemplateFile> BuiltInFiles() {
  static constexpr TemplateFile kFiles[] = {
${entries}  };
  return kFiles;
}

}  // namespace overgang::daily_status
")
