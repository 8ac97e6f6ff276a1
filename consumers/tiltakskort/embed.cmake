# Writes the default cards as one C++ source. Run as: cmake -DFOLDER=... -DFILES=a;b -DOUTPUT=... -P embed.cmake
set(entries "")
foreach(file ${FILES})
  file(READ ${FOLDER}/${file} bytes)
  string(APPEND entries "      {\"${file}\", R\"~~(${bytes})~~\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Made by embed.cmake from the cards.
#include \"consumers/tiltakskort/cards.h\"

namespace overgang::tiltakskort {

std::span<const CardFile> BuiltInCardFiles() {
  static constexpr CardFile kFiles[] = {
${entries}  };
  return kFiles;
}

}  // namespace overgang::tiltakskort
")
