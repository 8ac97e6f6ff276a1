# overgang_embed(FUNCTION overgang::meeting::SummaryFiles OUTPUT summary_files.cc FOLDER dir FILES a b ..): a C++ source in the
# build folder with a function that gives the files' names and bytes (core/embedded.h); made again when one of them changes.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(OVERGANG_EMBED ${CMAKE_CURRENT_LIST_FILE})
  function(overgang_embed)
    cmake_parse_arguments(ARG "" "FUNCTION;OUTPUT;FOLDER" "FILES" ${ARGN})
    set(folder ${CMAKE_CURRENT_SOURCE_DIR}/${ARG_FOLDER})
    set(output ${CMAKE_CURRENT_BINARY_DIR}/${ARG_OUTPUT})
    list(TRANSFORM ARG_FILES PREPEND ${folder}/ OUTPUT_VARIABLE paths)
    add_custom_command(OUTPUT ${output}
      COMMAND ${CMAKE_COMMAND} -DFUNCTION=${ARG_FUNCTION} -DFOLDER=${folder} "-DFILES=${ARG_FILES}" -DOUTPUT=${output} -P ${OVERGANG_EMBED}
      DEPENDS ${paths} ${OVERGANG_EMBED} VERBATIM)
  endfunction()
  return()
endif()

string(REGEX MATCH "^(.*)::([^:]*)$" found ${FUNCTION})
set(namespace ${CMAKE_MATCH_1})
set(name ${CMAKE_MATCH_2})
set(entries "")
foreach(file ${FILES})
  file(READ ${FOLDER}/${file} bytes)
  string(APPEND entries "      {\"${file}\", R\"~~(${bytes})~~\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Made by Embed.cmake.
#include \"core/embedded.h\"

namespace ${namespace} {

std::span<const EmbeddedFile> ${name}() {
  static constexpr EmbeddedFile kFiles[] = {
${entries}  };
  return kFiles;
}

}  // namespace ${namespace}
")
