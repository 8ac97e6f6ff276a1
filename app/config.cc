#include "app/config.h"

#include <algorithm>
#include <functional>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "app/payment_settings.h"
#include "app/toml.h"
#include "core/edit_distance.h"

namespace overgang {
namespace {

constexpr std::string_view kSecurity = "log.kafka.security.";

// Says what is wrong with a value; empty where nothing is.
using Setter = std::function<std::string(const toml::node&)>;

Setter Text(std::string* target) {
  return [target](const toml::node& node) -> std::string {
    const auto value = node.value<std::string>();
    if (!value.has_value() || value->empty()) return "must be a text; write it in quotes";
    *target = *value;
    return "";
  };
}

Setter OneOf(std::string* target, std::vector<std::string> choices) {
  return [target, choices = std::move(choices)](const toml::node& node) -> std::string {
    const auto value = node.value<std::string>();
    if (!value.has_value() || std::ranges::find(choices, *value) == choices.end()) {
      return absl::StrCat("must be one of \"", absl::StrJoin(choices, "\", \""), "\"");
    }
    *target = *value;
    return "";
  };
}

Setter Number(int* target, int min, int max) {
  return [=](const toml::node& node) -> std::string {
    const auto* value = node.as_integer();
    if (value == nullptr || value->get() < min || value->get() > max)
      return absl::StrCat("must be a number from ", min, " to ", max);
    *target = static_cast<int>(value->get());
    return "";
  };
}

template <typename T>
Setter Checked(std::string (*read)(const toml::node&, T*), T* target) {
  return [=](const toml::node& node) { return read(node, target); };
}

Setter Flag(bool* target) {
  return [target](const toml::node& node) -> std::string {
    const auto* value = node.as_boolean();
    if (value == nullptr) return "must be true or false";
    *target = value->get();
    return "";
  };
}

class Reader {
 public:
  explicit Reader(Config* config) : config_(*config) {
    Add("data_dir", Text(&config_.data_dir));
    Add("log.kind", OneOf(&config_.log_kind, {"embedded", "kafka"}));
    Add("log.kafka.bootstrap_servers", Text(&config_.kafka_bootstrap_servers));
    Add("log.kafka.replication_factor", Number(&config_.kafka_replication_factor, 1, 9));
    for (auto [name, endpoint] :
         {std::pair{"mllp", &config_.mllp}, {"http", &config_.http}, {"grpc", &config_.grpc}}) {
      Add(absl::StrCat(name, ".address"), Text(&endpoint->address));
      Add(absl::StrCat(name, ".port"), Number(&endpoint->port, 0, 65535));
    }
    for (auto [name, tls] :
         {std::pair{"http", &config_.http_tls}, std::pair{"grpc", &config_.grpc_tls}}) {
      Add(absl::StrCat(name, ".tls_cert_file"), Text(&tls->cert_file));
      Add(absl::StrCat(name, ".tls_key_file"), Text(&tls->key_file));
      Add(absl::StrCat(name, ".tls_client_ca_file"), Text(&tls->client_ca_file));
    }
    Add("grpc.reflection", Flag(&config_.grpc_reflection));
    Add("plo.role", OneOf(&config_.plo_role, {"receiver", "copy"}));
    Add("plo.inbox", Text(&config_.plo_inbox));
    Add("plo.outbox", Text(&config_.plo_outbox));
    Add("privacy.pseudonym_key_file", Text(&config_.pseudonym_key_file));
    Add("privacy.originals_key_file", Text(&config_.originals_key_file));
    Add("privacy.environment", OneOf(&environment_, {"test", "production"}));
    Add("access.token_file", Text(&config_.access_token_file));
    Add("access.jwks_file", Text(&config_.access_jwks_file));
    Add("access.issuer", Text(&config_.access_issuer));
    Add("access.audience", Text(&config_.access_audience));
    Add("access.principals", Text(&config_.access_principals_file));
    Add("access.log_days", Number(&config_.access_log_days, kAccessLogDaysMin, kAccessLogDaysMax));
    Add("directory.file", Text(&config_.directory_file));
    Add("payment.prices", [this](const toml::node& node) {
      ReadPrices(node, &config_.payment_prices, TellOf("payment.prices"));
      return "";
    });
    Add("payment.agreement", [this](const toml::node& node) {
      ReadAgreements(node, &config_.payment_agreements, TellOf("payment.agreement"));
      return "";
    });
    AddMail(&config_.mail);
    Add("report.cell_min", Number(&config_.report_cell_min, kCellMinMin, kCellMinMax));
  }

  void AddMail(MailSettings* mail) {
    Add("mail.smtp_url", Text(&mail->smtp_url));
    Add("mail.tls", OneOf(&mail->tls, {"required", "if_offered", "none"}));
    Add("mail.ca_file", Text(&mail->ca_file));
    Add("mail.user", Text(&mail->user));
    Add("mail.password_file", Text(&mail->password_file));
    Add("mail.from", Text(&mail->sender.from));
    Add("mail.base_url", Text(&mail->sender.base_url));
    Add("mail.recipients", Text(&mail->recipients_file));
    Add("mail.templates", Text(&mail->templates_folder));
    Add("mail.send_at", Checked(ReadTimeOfDay, &mail->policy.send_at));
    Add("mail.late_until", Checked(ReadTimeOfDay, &mail->policy.late_until));
    Add("mail.uncertain_after_s",
        Number(&mail->uncertain_after_s, kUncertainAfterMinS, kUncertainAfterMaxS));
    Add("mail.correct_from", Number(&mail->policy.correct_from, 1, 1'000));
    Add("mail.correct_every_minutes", Number(&mail->correct_every_minutes, 1, 24 * 60));
  }

  // `place`: the file; empty: the command line.
  void Read(const toml::table& table, const std::string& place, const std::string& prefix = "") {
    place_ = place;
    for (const auto& [key, node] : table) {
      const std::string path = prefix + std::string(key.str());
      const std::string where = Where(key.source());
      if (path.starts_with(kSecurity) && !node.is_table()) {
        const std::string wrong =
            Text(&config_.kafka_security[path.substr(kSecurity.size())])(node);
        if (!wrong.empty()) mistakes_.push_back(absl::StrCat(where, ": ", path, ": ", wrong));
      } else if (const auto setter = setters_.find(path); setter != setters_.end()) {
        const std::string wrong = setter->second(node);
        if (!wrong.empty()) mistakes_.push_back(absl::StrCat(where, ": ", path, ": ", wrong));
      } else if (const toml::table* inner = node.as_table(); inner != nullptr && IsSection(path)) {
        Read(*inner, place, path + ".");
      } else {
        mistakes_.push_back(absl::StrCat(where, ": ", path, ": unknown key; ", Nearest(path)));
      }
    }
  }

  void Mistake(std::string text) { mistakes_.push_back(std::move(text)); }

  absl::Status Finish() {
    config_.environment =
        environment_ == "production" ? Environment::kProduction : Environment::kTest;
    if (config_.data_dir.empty())
      Mistake(
          "data_dir: missing; say where the hub keeps its data, as in data_dir = "
          "\"/var/lib/overgang\"");
    if (config_.log_kind == "kafka" && config_.kafka_bootstrap_servers.empty()) {
      Mistake(
          "log.kafka.bootstrap_servers: missing; name the brokers, as in "
          "\"host1:9092,host2:9092\"");
    }
    const bool production = config_.environment == Environment::kProduction;
    for (auto [name, value] : {std::pair{"privacy.pseudonym_key_file", &config_.pseudonym_key_file},
                               {"privacy.originals_key_file", &config_.originals_key_file}}) {
      if (production && value->empty())
        Mistake(
            absl::StrCat(name, ": missing; production makes no secrets of its own, name a file"));
    }
    CheckAccess(production);
    if (config_.kafka_replication_factor == 0)
      config_.kafka_replication_factor = production ? 3 : 1;
    const std::string& dir = config_.data_dir;
    if (config_.plo_inbox.empty()) config_.plo_inbox = dir + "/plo/inbox";
    if (config_.plo_outbox.empty()) config_.plo_outbox = dir + "/plo/outbox";
    if (config_.pseudonym_key_file.empty()) config_.pseudonym_key_file = dir + "/pseudonym.key";
    if (config_.originals_key_file.empty()) config_.originals_key_file = dir + "/originals.key";
    if (!production && config_.access_token_file.empty())
      config_.access_token_file = dir + "/dev.token";
    for (std::string& mistake : FinishMail(&config_.mail)) Mistake(std::move(mistake));
    if (mistakes_.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrJoin(mistakes_, "\n"));
  }

 private:
  // What belongs together: how anybody gets in, and what TLS needs.
  void CheckAccess(bool production) {
    const bool signed_tokens = !config_.access_jwks_file.empty();
    for (auto [name, value] : {std::pair{"access.issuer", &config_.access_issuer},
                               {"access.audience", &config_.access_audience}}) {
      if (signed_tokens && value->empty())
        Mistake(absl::StrCat(name, ": missing; with access.jwks_file say whose tokens are taken, ",
                             "and for whom they must be"));
      if (!signed_tokens && !value->empty())
        Mistake(absl::StrCat(name, ": says nothing without access.jwks_file; name that file"));
    }
    for (auto [name, tls] :
         {std::pair{"http", &config_.http_tls}, std::pair{"grpc", &config_.grpc_tls}}) {
      if (tls->cert_file.empty() != tls->key_file.empty())
        Mistake(absl::StrCat(name, ".tls_", tls->cert_file.empty() ? "cert" : "key",
                             "_file: missing; TLS needs the certificate and its key"));
      if (!tls->client_ca_file.empty() && tls->cert_file.empty())
        Mistake(absl::StrCat(name,
                             ".tls_cert_file: missing; clients show their certificates over "
                             "TLS, so the server needs one"));
    }
    const bool certificates =
        !config_.http_tls.client_ca_file.empty() || !config_.grpc_tls.client_ca_file.empty();
    if (!config_.access_principals_file.empty() && !certificates) {
      Mistake(
          "access.principals: nobody can show a certificate; name http.tls_client_ca_file or "
          "grpc.tls_client_ca_file");
    }
    const bool anybody = signed_tokens || !config_.access_token_file.empty() ||
                         !config_.access_principals_file.empty();
    if (production && !anybody) {
      Mistake(
          "access.jwks_file: nobody could get in; name it, or access.principals, or "
          "access.token_file");
    }
  }

  std::string Where(const toml::source_region& source) const {
    return place_.empty() ? "--set" : absl::StrCat(place_, ":", source.begin.line);
  }
  // Of a section whose keys are values: where, the key below it, and what is wrong.
  TellMistake TellOf(std::string section) {
    return [this, section = std::move(section)](const toml::source_region& source,
                                                const std::string& key, const std::string& wrong) {
      Mistake(absl::StrCat(Where(source), ": ", section, key.empty() ? "" : ".", key, ": ", wrong));
    };
  }
  void Add(std::string key, Setter setter) { setters_[std::move(key)] = std::move(setter); }

  bool IsSection(const std::string& path) const {
    // Librdkafka's names hold dots, so without quotes they are tables in tables.
    return absl::StrCat(path, ".").starts_with(kSecurity) ||
           std::ranges::any_of(
               setters_, [&](const auto& item) { return item.first.starts_with(path + "."); });
  }

  // The known key that shares the most with what was written.
  std::string Nearest(const std::string& path) const {
    const auto best = std::ranges::min_element(
        setters_, {}, [&](const auto& item) { return EditDistance(path, item.first); });
    return absl::StrCat("did you mean ", best->first, "?");
  }

  Config& config_;
  std::string place_;
  std::string environment_ = "test";
  std::map<std::string, Setter> setters_;
  std::vector<std::string> mistakes_;
};

// "a.b=c" as TOML; a value that is none is taken as text, so that paths need no quotes.
absl::StatusOr<toml::table> ParseSetting(const std::string& setting) {
  const size_t equals = setting.find('=');
  if (equals == std::string::npos || equals == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("--set ", setting, ": write it as key=value, as in --set http.port=8400"));
  }
  const std::string key = setting.substr(0, equals);
  const std::string value = setting.substr(equals + 1);
  auto table = ParseToml(absl::StrCat(key, " = ", value), "--set");
  if (table.ok()) return table;
  std::string quoted = "\"";
  for (char c : value) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return ParseToml(absl::StrCat(key, " = ", quoted, "\""), "--set");
}

}  // namespace

absl::StatusOr<Config> LoadConfig(const std::string& file,
                                  const std::vector<std::string>& settings) {
  Config config;
  Reader reader(&config);
  if (!file.empty()) {
    auto table = ParseTomlFile(file);
    if (!table.ok()) return table.status();
    reader.Read(*table, file);
  }
  for (const std::string& setting : settings) {
    auto table = ParseSetting(setting);
    if (table.ok()) {
      reader.Read(*table, "");
    } else {
      reader.Mistake(std::string(table.status().message()));
    }
  }
  if (absl::Status status = reader.Finish(); !status.ok()) return status;
  return config;
}

}  // namespace overgang
