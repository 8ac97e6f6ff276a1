# Writes the default rules as a C++ source. Run as: cmake -DFILE=... -DOUTPUT=... -P embed_rules.cmake
file(READ ${FILE} bytes)
file(WRITE ${OUTPUT} "// Made by embed_rules.cmake from default_rules.toml.
#include \"consumers/escalation/rules.h\"

namespace overgang::escalation {

std::string_view DefaultRulesText() { return R\"~~(${bytes})~~\"; }

}  // namespace overgang::escalation
")
