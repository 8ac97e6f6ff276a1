#include <algorithm>
#include <iterator>

#include "core/directory.h"

// The kommuner from 2024: number, name, population on 1 January 2024 and foretaksområde (the
// hospital trust's area). Source: Statistics Norway (SSB), numbers, names and population; the areas
// are those of the regional health authorities. In order of number.

namespace overgang {
namespace {

struct Row {
  const char* number;
  const char* name;
  int population;
  int region;  // Index in kRegions.
};

// clang-format off
constexpr const char* kRegions[] = {
  "Akershus", "Akershus/Diakonhjemmet/Lovisenberg/OUS/Oslo", "Bergen", "Finnmark", "Fonna",
  "Førde", "Helgeland", "Innlandet", "Møre og Romsdal", "Nord-Trøndelag",
  "Nordland", "St. Olav", "Stavanger", "Sørlandet", "Telemark",
  "UNN", "Vestfold", "Vestre Viken", "Østfold",
};

constexpr Row kRows[] = {
  {"0301", "Oslo", 717710, 1}, {"1101", "Eigersund", 15221, 12}, {"1103", "Stavanger", 149048, 12},
  {"1106", "Haugesund", 38292, 4}, {"1108", "Sandnes", 83702, 12}, {"1111", "Sokndal", 3347, 12},
  {"1112", "Lund", 3226, 12}, {"1114", "Bjerkreim", 2892, 12}, {"1119", "Hå", 19827, 12},
  {"1120", "Klepp", 20900, 12}, {"1121", "Time", 19910, 12}, {"1122", "Gjesdal", 12362, 12},
  {"1124", "Sola", 28685, 12}, {"1127", "Randaberg", 11742, 12}, {"1130", "Strand", 13703, 12},
  {"1133", "Hjelmeland", 2643, 12}, {"1134", "Suldal", 3889, 4}, {"1135", "Sauda", 4572, 4},
  {"1144", "Kvitsøy", 544, 12}, {"1145", "Bokn", 883, 4}, {"1146", "Tysvær", 11570, 4},
  {"1149", "Karmøy", 43306, 4}, {"1151", "Utsira", 215, 4}, {"1160", "Vindafjord", 8938, 4},
  {"1505", "Kristiansund", 24404, 8}, {"1506", "Molde", 32816, 8}, {"1508", "Ålesund", 58509, 8},
  {"1511", "Vanylven", 3026, 8}, {"1514", "Sande", 2438, 8}, {"1515", "Herøy", 8968, 8},
  {"1516", "Ulstein", 8861, 8}, {"1517", "Hareid", 5322, 8}, {"1520", "Ørsta", 10958, 8},
  {"1525", "Stranda", 4348, 8}, {"1528", "Sykkylven", 7617, 8}, {"1531", "Sula", 9720, 8},
  {"1532", "Giske", 8691, 8}, {"1535", "Vestnes", 7147, 8}, {"1539", "Rauma", 7299, 8},
  {"1547", "Aukra", 3678, 8}, {"1554", "Averøy", 5955, 8}, {"1557", "Gjemnes", 2700, 8},
  {"1560", "Tingvoll", 3041, 8}, {"1563", "Sunndal", 7227, 8}, {"1566", "Surnadal", 5953, 8},
  {"1573", "Smøla", 2159, 8}, {"1576", "Aure", 3408, 8}, {"1577", "Volda", 11093, 8},
  {"1578", "Fjord", 2492, 8}, {"1579", "Hustadvika", 13437, 8}, {"1580", "Haram", 9357, 8},
  {"1804", "Bodø", 53712, 10}, {"1806", "Narvik", 21580, 15}, {"1811", "Bindal", 1399, 6},
  {"1812", "Sømna", 1976, 6}, {"1813", "Brønnøy", 7826, 6}, {"1815", "Vega", 1208, 6},
  {"1816", "Vevelstad", 480, 6}, {"1818", "Herøy", 1842, 6}, {"1820", "Alstahaug", 7421, 6},
  {"1822", "Leirfjord", 2352, 6}, {"1824", "Vefsn", 13469, 6}, {"1825", "Grane", 1447, 6},
  {"1826", "Hattfjelldal", 1284, 6}, {"1827", "Dønna", 1427, 6}, {"1828", "Nesna", 1808, 6},
  {"1832", "Hemnes", 4485, 6}, {"1833", "Rana", 25994, 6}, {"1834", "Lurøy", 1886, 6},
  {"1835", "Træna", 442, 6}, {"1836", "Rødøy", 1139, 6}, {"1837", "Meløy", 6180, 10},
  {"1838", "Gildeskål", 1958, 10}, {"1839", "Beiarn", 1062, 10}, {"1840", "Saltdal", 4880, 10},
  {"1841", "Fauske", 9827, 10}, {"1845", "Sørfold", 1858, 10}, {"1848", "Steigen", 2672, 10},
  {"1851", "Lødingen", 2060, 15}, {"1853", "Evenes", 1330, 15}, {"1856", "Røst", 460, 10},
  {"1857", "Værøy", 683, 10}, {"1859", "Flakstad", 1229, 10}, {"1860", "Vestvågøy", 11619, 10},
  {"1865", "Vågan", 9793, 10}, {"1866", "Hadsel", 8236, 10}, {"1867", "Bø", 2634, 10},
  {"1868", "Øksnes", 4569, 10}, {"1870", "Sortland", 10618, 10}, {"1871", "Andøy", 4553, 10},
  {"1874", "Moskenes", 954, 10}, {"1875", "Hamarøy", 2729, 10}, {"3101", "Halden", 31935, 18},
  {"3103", "Moss", 52051, 18}, {"3105", "Sarpsborg", 59771, 18}, {"3107", "Fredrikstad", 85230, 18},
  {"3110", "Hvaler", 4787, 18}, {"3112", "Råde", 7883, 18}, {"3114", "Våler", 6145, 18},
  {"3116", "Skiptvet", 3919, 18}, {"3118", "Indre Østfold", 47006, 18},
  {"3120", "Rakkestad", 8420, 18}, {"3122", "Marker", 3658, 18}, {"3124", "Aremark", 1347, 18},
  {"3201", "Bærum", 130921, 17}, {"3203", "Asker", 98815, 17}, {"3205", "Lillestrøm", 94201, 0},
  {"3207", "Nordre Follo", 63560, 0}, {"3209", "Ullensaker", 43814, 0},
  {"3212", "Nesodden", 20521, 0}, {"3214", "Frogn", 16244, 0}, {"3216", "Vestby", 19493, 18},
  {"3218", "Ås", 22005, 0}, {"3220", "Enebakk", 11482, 0}, {"3222", "Lørenskog", 48188, 0},
  {"3224", "Rælingen", 20099, 0}, {"3226", "Aurskog-Høland", 18058, 0}, {"3228", "Nes", 24645, 0},
  {"3230", "Gjerdrum", 7398, 0}, {"3232", "Nittedal", 25882, 0}, {"3234", "Lunner", 9357, 7},
  {"3236", "Jevnaker", 7037, 17}, {"3238", "Nannestad", 16126, 0}, {"3240", "Eidsvoll", 27916, 0},
  {"3242", "Hurdal", 3041, 0}, {"3301", "Drammen", 104487, 17}, {"3303", "Kongsberg", 28848, 17},
  {"3305", "Ringerike", 31581, 17}, {"3310", "Hole", 6989, 17}, {"3312", "Lier", 28470, 17},
  {"3314", "Øvre Eiker", 20779, 17}, {"3316", "Modum", 14665, 17}, {"3318", "Krødsherad", 2241, 17},
  {"3320", "Flå", 1115, 17}, {"3322", "Nesbyen", 3301, 17}, {"3324", "Gol", 4986, 17},
  {"3326", "Hemsedal", 2666, 17}, {"3328", "Ål", 5007, 17}, {"3330", "Hol", 4496, 17},
  {"3332", "Sigdal", 3526, 17}, {"3334", "Flesberg", 2781, 17}, {"3336", "Rollag", 1395, 17},
  {"3338", "Nore og Uvdal", 2486, 17}, {"3401", "Kongsvinger", 18058, 0},
  {"3403", "Hamar", 32879, 7}, {"3405", "Lillehammer", 28768, 7}, {"3407", "Gjøvik", 30903, 7},
  {"3411", "Ringsaker", 35612, 7}, {"3412", "Løten", 7929, 7}, {"3413", "Stange", 21605, 7},
  {"3414", "Nord-Odal", 4992, 0}, {"3415", "Sør-Odal", 8112, 0}, {"3416", "Eidskog", 6040, 0},
  {"3417", "Grue", 4532, 0}, {"3418", "Åsnes", 7339, 7}, {"3419", "Våler", 3615, 7},
  {"3420", "Elverum", 21761, 7}, {"3421", "Trysil", 6566, 7}, {"3422", "Åmot", 4289, 7},
  {"3423", "Stor-Elvdal", 2276, 7}, {"3424", "Rendalen", 1837, 7}, {"3425", "Engerdal", 1361, 7},
  {"3426", "Tolga", 1604, 7}, {"3427", "Tynset", 5692, 7}, {"3428", "Alvdal", 2526, 7},
  {"3429", "Folldal", 1532, 7}, {"3430", "Os", 1891, 7}, {"3431", "Dovre", 2503, 7},
  {"3432", "Lesja", 1983, 7}, {"3433", "Skjåk", 2141, 7}, {"3434", "Lom", 2212, 7},
  {"3435", "Vågå", 3531, 7}, {"3436", "Nord-Fron", 5586, 7}, {"3437", "Sel", 5756, 7},
  {"3438", "Sør-Fron", 3119, 7}, {"3439", "Ringebu", 4413, 7}, {"3440", "Øyer", 5124, 7},
  {"3441", "Gausdal", 6177, 7}, {"3442", "Østre Toten", 14840, 7},
  {"3443", "Vestre Toten", 13691, 7}, {"3446", "Gran", 13593, 7}, {"3447", "Søndre Land", 5587, 7},
  {"3448", "Nordre Land", 6510, 7}, {"3449", "Sør-Aurdal", 2836, 7}, {"3450", "Etnedal", 1366, 7},
  {"3451", "Nord-Aurdal", 6562, 7}, {"3452", "Vestre Slidre", 2112, 7},
  {"3453", "Øystre Slidre", 3298, 7}, {"3454", "Vang", 1645, 7}, {"3901", "Horten", 27939, 16},
  {"3903", "Holmestrand", 26872, 16}, {"3905", "Tønsberg", 59174, 16},
  {"3907", "Sandefjord", 66231, 16}, {"3909", "Larvik", 48715, 16}, {"3911", "Færder", 27501, 16},
  {"4001", "Porsgrunn", 37193, 14}, {"4003", "Skien", 56619, 14}, {"4005", "Notodden", 13266, 14},
  {"4010", "Siljan", 2382, 14}, {"4012", "Bamble", 14269, 14}, {"4014", "Kragerø", 10445, 14},
  {"4016", "Drangedal", 4086, 14}, {"4018", "Nome", 6539, 14}, {"4020", "Midt-Telemark", 10904, 14},
  {"4022", "Seljord", 2979, 14}, {"4024", "Hjartdal", 1630, 14}, {"4026", "Tinn", 5533, 14},
  {"4028", "Kviteseid", 2458, 14}, {"4030", "Nissedal", 1471, 14}, {"4032", "Fyresdal", 1256, 14},
  {"4034", "Tokke", 2212, 14}, {"4036", "Vinje", 3851, 14}, {"4201", "Risør", 6825, 13},
  {"4202", "Grimstad", 24969, 13}, {"4203", "Arendal", 46355, 13},
  {"4204", "Kristiansand", 116986, 13}, {"4205", "Lindesnes", 23690, 13},
  {"4206", "Farsund", 9876, 13}, {"4207", "Flekkefjord", 9279, 13}, {"4211", "Gjerstad", 2444, 13},
  {"4212", "Vegårshei", 2268, 13}, {"4213", "Tvedestrand", 6323, 13}, {"4214", "Froland", 6236, 13},
  {"4215", "Lillesand", 11523, 13}, {"4216", "Birkenes", 5480, 13}, {"4217", "Åmli", 1802, 13},
  {"4218", "Iveland", 1380, 13}, {"4219", "Evje og Hornnes", 3967, 13},
  {"4220", "Bygland", 1180, 13}, {"4221", "Valle", 1205, 13}, {"4222", "Bykle", 1011, 13},
  {"4223", "Vennesla", 15452, 13}, {"4224", "Åseral", 923, 13}, {"4225", "Lyngdal", 10835, 13},
  {"4226", "Hægebostad", 1776, 13}, {"4227", "Kvinesdal", 6192, 13}, {"4228", "Sirdal", 1873, 13},
  {"4601", "Bergen", 291940, 2}, {"4602", "Kinn", 17349, 5}, {"4611", "Etne", 4072, 4},
  {"4612", "Sveio", 5742, 4}, {"4613", "Bømlo", 12268, 4}, {"4614", "Stord", 19287, 4},
  {"4615", "Fitjar", 3203, 4}, {"4616", "Tysnes", 2922, 4}, {"4617", "Kvinnherad", 13089, 4},
  {"4618", "Ullensvang", 11017, 4}, {"4619", "Eidfjord", 968, 2}, {"4620", "Ulvik", 1089, 2},
  {"4621", "Voss", 16471, 2}, {"4622", "Kvam", 8496, 2}, {"4623", "Samnanger", 2502, 2},
  {"4624", "Bjørnafjorden", 26080, 2}, {"4625", "Austevoll", 5300, 2},
  {"4626", "Øygarden", 39768, 2}, {"4627", "Askøy", 30145, 2}, {"4628", "Vaksdal", 3852, 2},
  {"4629", "Modalen", 384, 2}, {"4630", "Osterøy", 8200, 2}, {"4631", "Alver", 29986, 2},
  {"4632", "Austrheim", 2881, 2}, {"4633", "Fedje", 519, 2}, {"4634", "Masfjorden", 1694, 2},
  {"4635", "Gulen", 2234, 2}, {"4636", "Solund", 750, 5}, {"4637", "Hyllestad", 1268, 5},
  {"4638", "Høyanger", 3879, 5}, {"4639", "Vik", 2551, 5}, {"4640", "Sogndal", 12319, 5},
  {"4641", "Aurland", 1800, 5}, {"4642", "Lærdal", 2160, 5}, {"4643", "Årdal", 5239, 5},
  {"4644", "Luster", 5371, 5}, {"4645", "Askvoll", 2986, 5}, {"4646", "Fjaler", 2869, 5},
  {"4647", "Sunnfjord", 22450, 5}, {"4648", "Bremanger", 3392, 5}, {"4649", "Stad", 9610, 5},
  {"4650", "Gloppen", 5926, 5}, {"4651", "Stryn", 7271, 5}, {"5001", "Trondheim", 214565, 11},
  {"5006", "Steinkjer", 24032, 9}, {"5007", "Namsos", 15083, 9}, {"5014", "Frøya", 5453, 11},
  {"5020", "Osen", 898, 9}, {"5021", "Oppdal", 7389, 11}, {"5022", "Rennebu", 2484, 11},
  {"5025", "Røros", 5685, 11}, {"5026", "Holtålen", 2035, 11}, {"5027", "Midtre Gauldal", 6140, 11},
  {"5028", "Melhus", 17560, 11}, {"5029", "Skaun", 8484, 11}, {"5031", "Malvik", 14783, 11},
  {"5032", "Selbu", 4216, 11}, {"5033", "Tydal", 773, 11}, {"5034", "Meråker", 2454, 9},
  {"5035", "Stjørdal", 24717, 9}, {"5036", "Frosta", 2645, 9}, {"5037", "Levanger", 20574, 9},
  {"5038", "Verdal", 15193, 9}, {"5041", "Snåsa", 2114, 9}, {"5042", "Lierne", 1301, 9},
  {"5043", "Røyrvik", 423, 9}, {"5044", "Namsskogan", 810, 9}, {"5045", "Grong", 2322, 9},
  {"5046", "Høylandet", 1222, 9}, {"5047", "Overhalla", 3924, 9}, {"5049", "Flatanger", 1116, 9},
  {"5052", "Leka", 604, 9}, {"5053", "Inderøy", 6938, 9}, {"5054", "Indre Fosen", 10023, 11},
  {"5055", "Heim", 6093, 11}, {"5056", "Hitra", 5323, 11}, {"5057", "Ørland", 10522, 11},
  {"5058", "Åfjord", 4339, 11}, {"5059", "Orkland", 18793, 11}, {"5060", "Nærøysund", 9968, 9},
  {"5061", "Rindal", 1958, 11}, {"5501", "Tromsø", 78745, 15}, {"5503", "Harstad", 25056, 15},
  {"5510", "Kvæfjord", 2845, 15}, {"5512", "Tjeldsund", 4281, 15}, {"5514", "Ibestad", 1311, 15},
  {"5516", "Gratangen", 1070, 15}, {"5518", "Lavangen", 986, 15}, {"5520", "Bardu", 3986, 15},
  {"5522", "Salangen", 2069, 15}, {"5524", "Målselv", 6714, 15}, {"5526", "Sørreisa", 3485, 15},
  {"5528", "Dyrøy", 1073, 15}, {"5530", "Senja", 14894, 15}, {"5532", "Balsfjord", 5571, 15},
  {"5534", "Karlsøy", 2237, 15}, {"5536", "Lyngen", 2743, 15}, {"5538", "Storfjord", 1825, 15},
  {"5540", "Kåfjord", 1974, 15}, {"5542", "Skjervøy", 2794, 15}, {"5544", "Nordreisa", 4794, 15},
  {"5546", "Kvænangen", 1157, 15}, {"5601", "Alta", 21708, 3}, {"5603", "Hammerfest", 11338, 3},
  {"5605", "Sør-Varanger", 10063, 3}, {"5607", "Vadsø", 5807, 3}, {"5610", "Karasjok", 2565, 3},
  {"5612", "Kautokeino", 2848, 3}, {"5614", "Loppa", 864, 3}, {"5616", "Hasvik", 979, 3},
  {"5618", "Måsøy", 1113, 3}, {"5620", "Nordkapp", 2951, 3}, {"5622", "Porsanger", 3889, 3},
  {"5624", "Lebesby", 1215, 3}, {"5626", "Gamvik", 1070, 3}, {"5628", "Tana", 2807, 3},
  {"5630", "Berlevåg", 892, 3}, {"5632", "Båtsfjord", 2113, 3}, {"5634", "Vardø", 1972, 3},
  {"5636", "Nesseby", 859, 3},
};
// clang-format on
static_assert(std::size(kRows) == 357);

}  // namespace

const std::vector<Kommune>& AllKommuner() {
  static const std::vector<Kommune>& all = *new std::vector<Kommune>([] {
    std::vector<Kommune> kommuner;
    kommuner.reserve(std::size(kRows));
    for (const Row& row : kRows)
      kommuner.push_back({row.number, row.name, row.population, kRegions[row.region]});
    return kommuner;
  }());
  return all;
}

const Kommune* KommuneByNumber(std::string_view number) {
  const std::vector<Kommune>& all = AllKommuner();
  const auto found = std::ranges::lower_bound(
      all, number, {}, [](const Kommune& k) { return std::string_view(k.number); });
  return found != all.end() && found->number == number ? &*found : nullptr;
}

std::string KommuneName(std::string_view number) {
  if (number == kKommuneNotStated) return "Uoppgitt";
  const Kommune* kommune = KommuneByNumber(number);
  return kommune != nullptr ? kommune->name : std::string(number);
}

}  // namespace overgang
