#include "consumers/meeting/pdf_tables.h"

namespace overgang::meeting {

const std::vector<Table>& Tables() {
  static const std::vector<Table> tables = {
      {"before",
       "Vedtak fra forrige møte",
       "",
       {{"text", "Vedtak", 0.42}, {"owner", "Ansvarlig", 0.26}, {"state", "Status", 0.32}}},
      {"decisions",
       "Vedtak",
       "",
       {{"text", "Vedtak", 0.47}, {"owner", "Ansvarlig", 0.28}, {"due", "Frist", 0.25}},
       kDecided},
      {"kommuner",
       "Utskrivningsklare etter kommune",
       "",
       {{"name", "Kommune", 0.2},
        {"inpatients", "Inneliggende", 0.13, true},
        {"ukp", "Utskrivningsklare", 0.16, true},
        {"over_24h", "Over 24 t", 0.11, true},
        {"long_waits", "Over 7 / 10 døgn", 0.16, true},
        {"awaiting", "Uten svar", 0.1, true},
        {"free", "Ledige plasser", 0.14, true}}},
      {"cards",
       "Åpne tiltakskort",
       "",
       {{"title", "Kort", 0.45},
        {"recipient", "Mottaker", 0.2},
        {"seen", "Kvittert av", 0.23},
        {"left", "Gjenstår", 0.12, true}}},
      {"corrections",
       "Rettet siden",
       "Tallene over er slik møtet så dem. Dette er kjent annerledes i dag om det samme "
       "tidspunktet:",
       {{"what", "Hva", 0.7}, {"frozen", "I møtet", 0.15, true}, {"now", "I dag", 0.15, true}},
       kCorrected}};
  return tables;
}

}  // namespace overgang::meeting
