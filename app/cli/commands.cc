// How the command line becomes calls of requests.h.
#include "app/cli/commands.h"

#include <memory>
#include <string>
#include <utility>

#include "app/cli/requests.h"

namespace overgang {
namespace {

using cli::AccessOptions;
using cli::CardsOptions;
using cli::CensusOptions;
using cli::Connection;
using cli::DryRunOptions;
using cli::LintOptions;
using cli::LogOptions;
using cli::MeetingOptions;
using cli::Output;
using cli::PathwayOptions;
using cli::ReportOptions;
using cli::StatusOptions;

// The options of one subcommand, kept by its callback.
template <typename Options>
struct Command {
  Connection connection;
  Options options;
};

struct None {};

class Commands {
 public:
  Commands(int* exit_code, Output output) : exit_code_(exit_code), output_(output) {}

  // A subcommand of `parent` that runs `run(connection, options, output)`.
  template <typename Options, typename Run>
  std::pair<CLI::App*, std::shared_ptr<Command<Options>>> Add(CLI::App& parent, const char* name,
                                                              const char* help, Run run) const {
    CLI::App* sub = parent.add_subcommand(name, help);
    auto command = std::make_shared<Command<Options>>();
    sub->add_option("--server", command->connection.server, "Address of the hub's gRPC port")
        ->envname("OVERGANG_SERVER")
        ->capture_default_str();
    sub->add_option("--token", command->connection.token_file,
                    "File with the token (else the environment variable OVERGANG_TOKEN)");
    CLI::Option* ca = sub->add_option("--tls-ca", command->connection.tls_ca_file,
                                      "File with who signed the hub's certificate: turns TLS on");
    ca->envname("OVERGANG_TLS_CA");
    CLI::Option* certificate = sub->add_option("--tls-cert", command->connection.tls_cert_file,
                                               "File with the certificate that is shown to it");
    CLI::Option* key =
        sub->add_option("--tls-key", command->connection.tls_key_file, "File with its key");
    certificate->needs(ca)->needs(key);
    key->needs(certificate);
    sub->add_flag("--json", command->connection.json, "One JSON object per line");
    sub->callback([exit_code = exit_code_, output = output_, sub, command, run] {
      if (!sub->get_subcommands().empty()) return;  // That one has run.
      *exit_code = run(command->connection, command->options, output);
    });
    return {sub, command};
  }

 private:
  int* exit_code_;
  Output output_;
};

CLI::App* Group(CLI::App& app, const char* name, const char* help) {
  CLI::App* group = app.add_subcommand(name, help);
  group->require_subcommand(1);
  return group;
}

void AddViews(CLI::App& app, const Commands& commands) {
  auto [census, of_census] = commands.Add<CensusOptions>(
      app, "census", "The count, per kommune and hospital: live, or of a moment past",
      cli::RunCensus);
  census->add_option("--kommune", of_census->options.kommuner,
                     "Only these kommuner, 4 digits each");
  CLI::Option* as_of =
      census->add_option("--as-of", of_census->options.as_of,
                         "The count as it was known then, e.g. 2026-01-15T07:00 (Oslo time)");
  CLI::Option* cursor = census->add_option("--as-of-cursor", of_census->options.as_of_cursor,
                                           "The count as it was known at the cursor of an earlier "
                                           "answer; with --as-of that answer again");
  CLI::Option* until =
      census->add_option("--occurred-until", of_census->options.occurred_until,
                         "Only what had happened by then, as it is (or was) known");
  census->add_flag("--watch", of_census->options.watch, "Goes on with every change")
      ->excludes(as_of)
      ->excludes(cursor)
      ->excludes(until);
  census
      ->add_flag(
          "--explain", of_census->options.explain,
          "Why the count of one --kommune at --as-of and --as-of-cursor is another one today")
      ->needs(as_of)
      ->needs(cursor)
      ->excludes(until);

  auto [pathway, told] = commands.Add<PathwayOptions>(
      app, "pathway", "A stay told as a story: facts, days and deadlines, with their rules",
      cli::RunPathway);
  pathway->add_option("STAY_OR_PATIENT_REF", told->options.id, "A stay id or a patient reference")
      ->required();
  pathway->add_option("--as-of", told->options.as_of,
                      "The story as it was known then, e.g. 2026-01-15T07:00 (Oslo time)");
  pathway->add_option("--as-of-cursor", told->options.as_of_cursor,
                      "The story as it was known at the cursor of an earlier answer");
  pathway->add_option("--occurred-until", told->options.occurred_until,
                      "Only what had happened by then, as it is (or was) known");
}

void AddLog(CLI::App& app, const Commands& commands) {
  CLI::App* log = Group(app, "log", "The facts, as they stand in the log");
  for (const bool follow : {true, false}) {
    auto [sub, command] = commands.Add<LogOptions>(
        *log, follow ? "tail" : "dump", follow ? "New facts as they come" : "All facts up to now",
        cli::RunLog);
    command->options.follow = follow;
    sub->add_option("--topic", command->options.topic, "Only this topic, e.g. pathway");
    sub->add_option("--from", command->options.from, "BEGINNING, END or a cursor");
    sub->add_option("--limit", command->options.limit, "At most so many records")
        ->check(CLI::PositiveNumber);
  }
}

void AddOperations(CLI::App& app, const Commands& commands) {
  commands.Add<None>(app, "sources",
                     "How old each source is, and the data quality flags that it causes",
                     [](const Connection& connection, const None&, const Output& output) {
                       return cli::RunSources(connection, output);
                     });
  CLI::App* parked = Group(app, "parked", "What could not be understood");
  commands.Add<None>(*parked, "list", "All that is open",
                     [](const Connection& connection, const None&, const Output& output) {
                       return cli::RunParkedList(connection, output);
                     });
  auto [show, shown] = commands.Add<std::string>(
      *parked, "show", "One message: where it is wrong, and the remedy", cli::RunParkedShow);
  show->add_option("ID", shown->options, "Its parked id")->required();
  auto [retry, retried] =
      commands.Add<std::string>(*parked, "retry", "Reads it again", cli::RunParkedRetry);
  retry->add_option("ID", retried->options, "Its parked id")->required();
  struct Discard {
    std::string id, reason;
  };
  auto [discard, discarded] = commands.Add<Discard>(
      *parked, "discard", "Puts it away",
      [](const Connection& connection, const Discard& options, const Output& output) {
        return cli::RunParkedDiscard(connection, options.id, options.reason, output);
      });
  discard->add_option("ID", discarded->options.id, "Its parked id")->required();
  discard->add_option("--reason", discarded->options.reason, "Why; stays in the log")->required();

  struct Rebuild {
    bool verify = false;
  };
  auto [rebuild, how] = commands.Add<Rebuild>(
      app, "rebuild", "Folds the log anew and compares with the live views, byte for byte",
      [](const Connection& connection, const Rebuild&, const Output& output) {
        return cli::RunVerifyRebuild(connection, output);
      });
  rebuild->add_flag("--verify", how->options.verify, "Compare only; the live views stay")
      ->required();
  auto [backup, directory] = commands.Add<std::string>(
      app, "backup", "A consistent copy of the hub's data, while it runs", cli::RunBackup);
  backup->add_option("DIRECTORY", directory->options, "Where to, on the hub's machine")->required();
}

void AddImport(CLI::App& app, const Commands& commands) {
  auto [import, file] = commands.Add<std::string>(
      app, "import",
      "Past stays from a CSV file. Every bad line is told and the others are taken; the same file "
      "again changes nothing",
      cli::RunImport);
  import->add_option("FILE", file->options, "The columns are explained in docs/import.md")
      ->required();
}

void AddStatus(CLI::App& app, const Commands& commands) {
  CLI::App* status = Group(app, "status", "The daily status and its mails");
  constexpr char kDate[] = "YYYY-MM-DD; today if left out";
  constexpr char kOut[] = "File to write the whole message to (.eml), instead of showing its text";
  auto [preview, previewed] = commands.Add<StatusOptions>(
      *status, "preview", "The mail of a kommune or hospital: as issued, or as it would be now",
      cli::RunStatusPreview);
  preview
      ->add_option("SCOPE", previewed->options.scope, "A kommune (4 digits) or hospital (9 digits)")
      ->required();
  preview->add_option("--date", previewed->options.date, kDate);
  preview->add_option("--language", previewed->options.language, "nb or nn")
      ->check(CLI::IsMember({"nb", "nn"}));
  preview->add_option("--out", previewed->options.out, kOut);
  auto [send, sent] = commands.Add<StatusOptions>(
      *status, "send",
      "Sends today's now: issues what is not issued, and tries anew what was refused or given up",
      cli::RunStatusSend);
  send->add_option("SCOPE", sent->options.scope, "A kommune or hospital; all if left out");
  auto [deliveries, of_date] = commands.Add<StatusOptions>(
      *status, "deliveries", "What became of a day's mails", cli::RunStatusDeliveries);
  deliveries->add_option("--date", of_date->options.date, kDate);
  auto [mail, shown] =
      commands.Add<StatusOptions>(*status, "mail", "A mail as it was sent", cli::RunStatusMail);
  mail->add_option("ID", shown->options.id, "Its message id, as deliveries shows it")->required();
  mail->add_option("--out", shown->options.out, kOut);
  for (const bool pauses : {true, false}) {
    auto [sub, command] = commands.Add<StatusOptions>(
        *status, pauses ? "pause" : "resume",
        pauses ? "Sends nothing to a recipient until resumed" : "Sends to a recipient again",
        cli::RunStatusPause);
    StatusOptions& options = command->options;
    sub->add_option("SCOPE", options.scope, "The recipient's kommune or hospital")->required();
    sub->add_option("ADDRESS_HASH", options.address_hash, "As deliveries shows it")->required();
    if (!pauses) continue;
    sub->add_option("--reason", options.reason, "Why; stays in the log")->required();
    sub->add_option("--until", options.until, "When it ends by itself, e.g. 2026-01-15T07:00");
  }
}

void AddDryRun(CLI::App& parent, const Commands& commands) {
  auto [dry_run, command] = commands.Add<DryRunOptions>(
      parent, "dry-run", "What rules would have done in a period, beside what was done",
      cli::RunRulesDryRun);
  DryRunOptions& options = command->options;
  dry_run->add_option("--rules", options.rules_files,
                      "File with rules to try; several are laid side by side, none: those of now");
  dry_run->add_option("--from", options.from, "From when, e.g. 2026-01-01")->required();
  dry_run->add_option("--to", options.to, "Until when")->required();
  dry_run->add_option("--hospital", options.hospitals, "Only these hospitals, 9 digits each");
  dry_run->add_option("--region", options.regions, "Only these regions, by name");
}

void AddRules(CLI::App& app, const Commands& commands, int* exit_code, Output output) {
  CLI::App* rules = Group(app, "rules", "The rules of escalation");
  auto [check, file] = commands.Add<std::string>(
      *rules, "check", "Every mistake in a file, as the hub would take it now", cli::RunRulesCheck);
  check->add_option("FILE", file->options, "The rules; docs/escalation.md explains them")
      ->required();
  AddDryRun(*rules, commands);
  rules->add_subcommand("default", "Prints the built-in rules, to be changed")->callback([=] {
    *exit_code = cli::RunRulesDefault(output);
  });
}

void AddEscalation(CLI::App& app, const Commands& commands) {
  auto [escalation, none] =
      commands.Add<None>(app, "escalation", "Levels now, and the tiltakskort that are open",
                         [](const Connection& connection, const None&, const Output& output) {
                           return cli::RunEscalation(connection, output);
                         });
  AddDryRun(*escalation, commands);
}

// Below `escalation`.
void AddCards(CLI::App& app, const Commands& commands) {
  CLI::App& escalation = *app.get_subcommand("escalation");
  auto [cards, listed] = commands.Add<CardsOptions>(escalation, "cards",
                                                    "The tiltakskort that are open", cli::RunCards);
  cards->add_option("SCOPE", listed->options.scope, "Only for this kommune or hospital");
  cards->add_flag("--all", listed->options.all, "Those that are closed as well");
  commands.Add<None>(escalation, "watch", "Levels and tiltakskort, as they change",
                     [](const Connection& connection, const None&, const Output& output) {
                       return cli::RunWatchEscalation(connection, output);
                     });
  auto [acknowledge, seen] = commands.Add<CardsOptions>(
      escalation, "acknowledge", "Says that a card was seen", cli::RunAcknowledge);
  acknowledge->add_option("CARD", seen->options.card, "Its id, as cards shows it")->required();
  acknowledge->add_option("ACTION", seen->options.tiltak, "Only this action of it");
  for (const bool done : {true, false}) {
    auto [sub, command] = commands.Add<CardsOptions>(
        escalation, done ? "done" : "decline",
        done ? "Says that an action is done" : "Says that an action will not be done",
        cli::RunComplete);
    CardsOptions& options = command->options;
    sub->add_option("CARD", options.card, "The card's id")->required();
    sub->add_option("ACTION", options.tiltak, "The action's id")->required();
    if (done) {
      sub->add_option("--outcome", options.outcome, "What came of it; no patients named");
    } else {
      sub->add_option("--reason", options.reason, "Why; no patients named")->required();
    }
  }
}

void AddMeeting(CLI::App& app, const Commands& commands) {
  CLI::App* meeting = Group(app, "meeting", "Capacity meetings");
  auto [hold, held] = commands.Add<MeetingOptions>(
      *meeting, "hold",
      "Freezes what is known now, and writes down who was there and what was decided",
      cli::RunHoldMeeting);
  hold->add_option("HOSPITAL", held->options.hospital, "Organisation number")->required();
  hold->add_option("--decide", held->options.decisions,
                   "OWNER[@KOMMUNE];2026-01-15T15:00;what was decided: becomes an action");
  hold->add_option("--present", held->options.present, "ROLE[@KOMMUNE] that was there");
  auto [show, shown] = commands.Add<MeetingOptions>(
      *meeting, "show", "A meeting as it was held, and what was corrected since",
      cli::RunShowMeeting);
  show->add_option("ID", shown->options.id, "The meeting's id, or a hospital: its newest")
      ->required();
  show->add_option("--out", shown->options.out,
                   "File to write the page to print to: .pdf, or .html");
  auto [list, listed] =
      commands.Add<MeetingOptions>(*meeting, "list", "A hospital's meetings", cli::RunListMeetings);
  list->add_option("HOSPITAL", listed->options.hospital, "Organisation number")->required();
}

void AddAccess(CLI::App& app, const Commands& commands) {
  auto [access, command] = commands.Add<AccessOptions>(
      app, "access", "Who was told of which patients, for the data protection officer",
      cli::RunAccess);
  AccessOptions& options = command->options;
  access->add_option("--from", options.from, "First UTC date, YYYY-MM-DD");
  access->add_option("--to", options.to, "The date after the last");
  access->add_option("--principal", options.principal, "Only what this one was told");
  access->add_option("--stay", options.stay_id, "Only who was told of this stay, or may have been");
}

void AddReport(CLI::App& app, const Commands& commands) {
  auto [report, command] = commands.Add<ReportOptions>(
      app, "report", "Numbers of a period, and the basis of invoices", cli::RunReport);
  ReportOptions& options = command->options;
  report->add_option("--from", options.from, "First day, YYYY-MM-DD");
  report->add_option("--to", options.to, "The day after the last");
  report->add_option("--month", options.month,
                     "YYYY-MM, instead of both; with --what payment the basis of an invoice");
  report->add_option("--what", options.what, "Which numbers")
      ->check(CLI::IsMember({"ukp", "way", "payment", "deadlines", "readmissions", "profile"}))
      ->capture_default_str();
  report->add_option("--kommune", options.kommuner, "Only these kommuner, 4 digits each");
  report->add_option("--hospital", options.hospitals, "Only these hospitals, 9 digits each");
  report->add_option("--sector", options.sectors, "Only these sectors")
      ->check(CLI::IsMember({"somatikk", "psykisk helsevern", "tsb"}));
  report->add_option("--by", options.by,
                     "Divided by kommune, hospital, region, ward, sector, age, sex, known, "
                     "weekday, hour, month, year; several one after another");
  report->add_option("--basis", options.basis, "Which kommune counts; who pays does not follow it")
      ->check(CLI::IsMember({"stay", "residence"}))
      ->capture_default_str();
  report->add_option("--stay", options.stay,
                     "With --what payment: only this stay, all its days where no period is said; "
                     "as a table or JSON with both sides' accounts and the facts");
  report->add_option("--as-of", options.as_of,
                     "With what was known then, e.g. 2026-01-15T07:00 (Oslo time)");
  report->add_option("--as-of-cursor", options.as_of_cursor,
                     "With exactly what an earlier answer rested on");
  report->add_option("--occurred-until", options.occurred_until,
                     "Without what happened later than this");
  report->add_option("--format", options.format, "How it is written")
      ->check(CLI::IsMember({"table", "csv", "xlsx", "json"}))
      ->capture_default_str();
  report->add_option("--out", options.out, "File to write; standard output if left out");
}

void AddLint(CLI::App& app, int* exit_code, Output output) {
  CLI::App* lint = app.add_subcommand(
      "lint", "Reads HL7 or PLO files as the hub would: their facts, or the error with its place");
  auto options = std::make_shared<LintOptions>();
  lint->add_option("FILE", options->files, "Files of HL7 v2 or PLO messages")->required();
  lint->add_option("--directory", options->directory_file,
                   "directory.toml of the hub; the built-in one if left out");
  lint->add_flag("--json", options->json, "The facts, one JSON object per line");
  lint->callback([=] { *exit_code = cli::RunLint(*options, output); });
}

}  // namespace

void AddClientCommands(CLI::App& app, int* exit_code, Output output) {
  const Commands commands(exit_code, output);
  AddViews(app, commands);
  AddLog(app, commands);
  AddOperations(app, commands);
  AddImport(app, commands);
  AddStatus(app, commands);
  AddEscalation(app, commands);
  AddCards(app, commands);
  AddMeeting(app, commands);
  AddRules(app, commands, exit_code, output);
  AddReport(app, commands);
  AddAccess(app, commands);
  AddLint(app, exit_code, output);
}

int ExitCodeOf(const CLI::App& app, const CLI::ParseError& error, Output output) {
  return app.exit(error, *output.out, *output.err) == 0 ? cli::kDone : cli::kWrongUse;
}

}  // namespace overgang
