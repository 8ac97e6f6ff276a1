#include "app/hub.h"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/access/access_log_file.h"
#include "adapters/access/authenticator.h"
#include "adapters/grpc/grpc_server.h"
#include "app/access_settings.h"
#include "app/directory_file.h"
#include "app/doors.h"
#include "app/founding.h"
#include "app/hub_escalation.h"
#include "app/hub_mail.h"
#include "app/open_log.h"
#include "app/open_views.h"
#include "app/scratch_store.h"
#include "app/secrets.h"
#include "consumers/board/census_service.h"
#include "consumers/board/pathway_service.h"
#include "consumers/deciding/doer.h"
#include "consumers/feed/feed_service.h"
#include "consumers/operations/operations_service.h"
#include "consumers/report/report_service.h"
#include "consumers/report/table_publisher.h"
#include "core/errors.h"
#include "producers/hl7v2/mllp_server.h"
#include "producers/intake/intake_service.h"
#include "producers/plo/plo_http.h"
#include "producers/plo/plo_inbox.h"
#include "projections/moments.h"
#include "projections/runner.h"
#include "spdlog/spdlog.h"

namespace overgang {

// In the order of their making; members are destroyed in reverse, so each outlives what uses it.
class Hub::Parts {
 public:
  explicit Parts(const Config& config)
      : config_(config), terms_(config.payment_prices, config.payment_agreements) {}
  ~Parts() { Stop(); }

  absl::Status Start();
  void Stop();
  bool Ready() { return Readiness(*log_, views_).ok(); }
  absl::Status WriteAddresses() const;
  absl::Status Reload();

 private:
  absl::Status OpenStores();
  absl::Status LoadAccessSettings();
  absl::Status StartViews();
  absl::Status StartDeciding();
  absl::Status StartDoors();
  absl::Status StartProducers();
  void RunTimer();

  const Config& config_;
  const PaymentTerms terms_;
  SystemClock clock_;
  Metrics metrics_;
  std::unique_ptr<AccessLogFile> access_log_;
  std::optional<access::Authenticator> authenticator_;
  TlsIdentity http_tls_;
  TlsIdentity grpc_tls_;
  std::optional<MethodTable> methods_;
  boost::asio::io_context mllp_io_;
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>>
      mllp_work_;
  std::vector<std::thread> mllp_threads_;
  std::optional<DirectoryHolder> directory_;
  Secrets secrets_;
  std::optional<Pseudonymizer> pseudonymizer_;
  std::optional<Sealer> sealer_;
  std::unique_ptr<StateStore> store_;
  projections::Views views_{clock_};
  std::unique_ptr<EventLog> log_;
  absl::Time founded_at_;  // The log.
  std::optional<FactWriter> writer_;
  std::optional<projections::Runner> runner_;
  std::optional<projections::History> history_;
  std::optional<projections::Moments> moments_;
  std::optional<board::CensusService> census_;
  std::optional<board::PathwayService> pathway_;
  std::optional<operations::OperationsService> operations_;
  std::optional<feed::FeedService> feed_;
  std::unique_ptr<Leadership> leadership_;
  std::optional<deciding::Doer> doer_;
  std::optional<report::ReportService> report_;
  std::optional<report::TablePublisher> publisher_;
  std::optional<HubMail> mail_;
  std::optional<HubEscalation> escalation_;
  std::optional<intake::IntakeService> intake_;
  std::unique_ptr<plo::SeenMessages> seen_;
  std::optional<plo::PloReceiver> plo_;
  std::optional<plo::PloInbox> inbox_;
  std::optional<HttpServer> http_;
  std::unique_ptr<GrpcServer> grpc_;
  std::optional<hl7v2::MllpServer> mllp_;

  std::mutex mutex_;
  std::condition_variable stop_timer_;
  bool stopping_ = false;
  std::thread timer_;
};

absl::Status Hub::Parts::OpenStores() {
  std::error_code error;
  std::filesystem::create_directories(config_.data_dir + "/plo", error);
  if (error) {
    return FieldError(absl::StatusCode::kFailedPrecondition, "data_dir",
                      absl::StrCat(config_.data_dir, " cannot be made: ", error.message()),
                      "give a folder that this user may write");
  }
  auto directory = LoadDirectory(config_.directory_file);
  if (!directory.ok()) return directory.status();
  directory_.emplace(*std::move(directory));
  auto secrets = LoadSecrets(config_);
  if (!secrets.ok()) return secrets.status();
  secrets_ = *std::move(secrets);
  if (absl::Status status = LoadAccessSettings(); !status.ok()) return status;
  auto pseudonymizer = Pseudonymizer::Create(secrets_.pseudonym_keys, config_.environment);
  if (!pseudonymizer.ok()) return pseudonymizer.status();
  pseudonymizer_.emplace(*std::move(pseudonymizer));
  auto sealer = Sealer::Create(secrets_.originals_key);
  if (!sealer.ok()) return sealer.status();
  sealer_.emplace(*std::move(sealer));
  auto access_log = AccessLogFile::Open({config_.data_dir + "/access", config_.access_log_days},
                                        clock_, metrics_);
  if (!access_log.ok()) return access_log.status();
  access_log_ = *std::move(access_log);
  auto log = OpenLog(config_, clock_);
  if (!log.ok()) return log.status();
  log_ = *std::move(log);
  const auto founding = FoundOrJoinLog(*log_, *pseudonymizer_, *sealer_, clock_);
  if (!founding.ok()) return founding.status();
  founded_at_ = founding->at;
  writer_.emplace(*log_, *sealer_, clock_, founding->incarnation);
  auto store = OpenViews(config_.data_dir);
  if (!store.ok()) return store.status();
  store_ = *std::move(store);
  // Only now is it sure that no other hub runs on this folder.
  std::error_code ignored;
  std::filesystem::remove(config_.data_dir + "/addresses.json", ignored);
  RemoveOldScratchStores(config_.data_dir);
  return absl::OkStatus();
}

absl::Status Hub::Parts::LoadAccessSettings() {
  auto settings = LoadAccess(config_, secrets_.access_token);
  if (!settings.ok()) return settings.status();
  authenticator_.emplace(*std::move(settings), clock_, metrics_);
  auto http_tls = LoadTls(config_.http_tls, "http");
  if (!http_tls.ok()) return http_tls.status();
  http_tls_ = *std::move(http_tls);
  auto grpc_tls = LoadTls(config_.grpc_tls, "grpc");
  if (!grpc_tls.ok()) return grpc_tls.status();
  grpc_tls_ = *std::move(grpc_tls);
  return absl::OkStatus();
}

absl::Status Hub::Parts::StartViews() {
  runner_.emplace(*log_, *store_, views_, metrics_, writer_->incarnation());
  history_.emplace(projections::History::Parts{
      *log_, *store_, views_, clock_, writer_->incarnation(), config_.data_dir + "/history",
      [this](const std::string& checkpoint) {
        return MakeScratchStore(config_.data_dir, checkpoint);
      }});
  moments_.emplace(views_, *history_, clock_);
  census_.emplace(views_, *moments_, clock_, *directory_, terms_);
  pathway_.emplace(views_, *moments_, clock_, terms_, *directory_);
  operations_.emplace(
      views_, *log_, clock_, [this] { return MakeScratchStore(config_.data_dir); }, *access_log_);
  feed_.emplace(*log_, views_, clock_, metrics_, writer_->incarnation());
  report_.emplace(views_, *moments_, *directory_, terms_);
  intake_.emplace(*writer_, views_, *pseudonymizer_, *directory_, clock_);
  methods_.emplace(access_log_.get(), clock_);
  census_->Register(*methods_);
  pathway_->Register(*methods_);
  operations_->Register(*methods_);
  feed_->Register(*methods_);
  report_->Register(*methods_);
  intake_->Register(*methods_);
  if (absl::Status status = runner_->Start(); !status.ok()) return status;
  return history_->Start();
}

absl::Status Hub::Parts::StartDeciding() {
  mail_.emplace(HubMail::Parts{
      config_.mail,
      *pseudonymizer_,
      *log_,
      secrets_.originals_key,
      *access_log_,
      {views_, *writer_, *directory_, terms_, clock_, metrics_, config_.mail.policy}});
  if (absl::Status status = mail_->Open(*methods_); !status.ok()) return status;
  auto leadership = JoinLeadership(config_);
  if (!leadership.ok()) return leadership.status();
  leadership_ = *std::move(leadership);
  doer_.emplace(deciding::Doer::Parts{views_, *writer_, *log_, *leadership_, clock_, metrics_});
  doer_->Start();
  publisher_.emplace(report::TablePublisher::Parts{views_, *writer_, *directory_, clock_, metrics_,
                                                   [this] { return leadership_->IsDoer(); },
                                                   config_.report_cell_min, founded_at_});
  mail_->Start(*leadership_);
  escalation_.emplace(
      HubLevels::Parts{config_.rules_file, *directory_, views_, *log_, *writer_, clock_, metrics_},
      HubCards::Parts{config_.cards, views_, *moments_, *writer_, *log_, clock_, metrics_,
                      *directory_, terms_, *pseudonymizer_, mail_->sends()});
  mail_->StartCards(*leadership_, *methods_, escalation_->roles());
  return escalation_->Open(*methods_, *leadership_);
}

absl::Status Hub::Parts::StartProducers() {
  auto seen = plo::SeenMessages::Open(config_.data_dir + "/plo/answered", clock_);
  if (!seen.ok()) return seen.status();
  seen_ = *std::move(seen);
  const auto role = config_.plo_role == "copy" ? plo::PloRole::kCopy : plo::PloRole::kReceiver;
  plo_.emplace(plo::PloReceiver::Parts{*writer_, *directory_, *pseudonymizer_, clock_, *seen_,
                                       metrics_, role});
  inbox_.emplace(*plo_, metrics_, clock_,
                 plo::PloInbox::Options{config_.plo_inbox, config_.plo_outbox});
  if (absl::Status status = inbox_->Start(); !status.ok()) return status;
  hl7v2::MllpOptions options;
  options.address = config_.mllp.address;
  options.port = static_cast<uint16_t>(config_.mllp.port);
  options.environment = config_.environment;
  mllp_.emplace(mllp_io_, options,
                hl7v2::MllpParts{*writer_, *directory_, *pseudonymizer_, metrics_, clock_});
  mllp_work_.emplace(boost::asio::make_work_guard(mllp_io_));
  for (int i = 0; i < kMllpThreads; ++i) mllp_threads_.emplace_back([this] { mllp_io_.run(); });
  return mllp_->Start();
}

absl::Status Hub::Parts::StartDoors() {
  const Authenticate authenticate = [this](const Credentials& credentials) {
    return authenticator_->Check(credentials);
  };
  HttpOptions options;
  options.address = config_.http.address;
  options.port = static_cast<uint16_t>(config_.http.port);
  options.tls = http_tls_;
  http_.emplace(options, *methods_, authenticate, metrics_);
  AddPage(*http_);
  mail_->AddTo(*http_);
  AddHealth(*http_, metrics_, *log_, views_);
  AddLiveStreams(*http_);
  http_->AddRoute("POST", "/plo", Need::kWrite, plo::PloHandler(*plo_));
  if (absl::Status status = http_->Start(); !status.ok()) return status;
  auto grpc = GrpcServer::Start(
      {config_.grpc.address, config_.grpc.port, config_.grpc_reflection, grpc_tls_}, *methods_,
      authenticate);
  if (!grpc.ok()) return grpc.status();
  grpc_ = *std::move(grpc);
  return absl::OkStatus();
}

absl::Status Hub::Parts::Start() {
  for (const auto step : {&Parts::OpenStores, &Parts::StartViews, &Parts::StartDeciding,
                          &Parts::StartProducers, &Parts::StartDoors}) {
    if (absl::Status status = (this->*step)(); !status.ok()) return status;
  }
  timer_ = std::thread([this] { RunTimer(); });
  spdlog::info("serving: mllp {}:{}, http {}:{}, grpc {}:{}; log {}, data in {}",
               config_.mllp.address, mllp_->port(), config_.http.address, http_->port(),
               config_.grpc.address, grpc_->port(), config_.log_kind, config_.data_dir);
  return absl::OkStatus();
}

void Hub::Parts::RunTimer() {
  prometheus::Gauge& ready = metrics_.Gauge(
      "overgang_ready", "1 where the log is reachable and the views have caught up.");
  absl::Time next_tick = clock_.Now() + board::kFeedTick;
  std::unique_lock lock(mutex_);
  while (!stop_timer_.wait_for(lock, absl::ToChronoMilliseconds(kTimerEvery),
                               [this] { return stopping_; })) {
    lock.unlock();
    const bool is_ready = Ready();
    ready.Set(is_ready ? 1 : 0);
    grpc_->SetReady(is_ready);
    views_.ExpireWaits();
    publisher_->Tick();
    feed_->Tick();
    if (clock_.Now() >= next_tick) {
      census_->Tick();
      pathway_->Tick();
      escalation_->Tick();
      next_tick = clock_.Now() + board::kFeedTick;
    }
    lock.lock();
  }
}

absl::Status Hub::Parts::WriteAddresses() const {
  const std::string json =
      absl::StrCat("{\"mllp\": \"", config_.mllp.address, ":", mllp_->port(), "\", \"http\": \"",
                   config_.http.address, ":", http_->port(), "\", \"grpc\": \"",
                   config_.grpc.address, ":", grpc_->port(), "\"}\n");
  return WriteFileWhole(config_.data_dir + "/addresses.json", json, 0644);
}

absl::Status Hub::Parts::Reload() {
  std::vector<std::string> mistakes;
  const auto note = [&](const absl::Status& status) {
    if (!status.ok()) mistakes.emplace_back(status.message());
  };
  auto directory = LoadDirectory(config_.directory_file);
  note(directory.status());
  if (directory.ok()) directory_->Set(*std::move(directory));
  auto access = LoadAccess(config_, secrets_.access_token);
  note(access.status());
  if (access.ok()) authenticator_->Set(*std::move(access));
  for (const absl::Status& status : mail_->Reload()) note(status);
  for (const absl::Status& status : escalation_->Reload()) note(status);
  if (mistakes.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(mistakes, "\n"));
}

// Doors first, then what they feed, then the log.
void Hub::Parts::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_timer_.notify_all();
  if (timer_.joinable()) timer_.join();
  // Another hub decides while this one still answers.
  if (doer_) doer_->Stop();
  if (publisher_) publisher_->Stop();
  if (mail_) mail_->StopSending();
  if (escalation_) escalation_->Stop();
  leadership_.reset();
  // The servers wait for every answer that is due: what could take long is ended first.
  if (history_) history_->Stop();
  if (operations_) operations_->Stop();
  if (feed_) feed_->Stop();
  if (census_) census_->Stop();
  if (pathway_) pathway_->Stop();
  if (report_) report_->Stop();
  if (mail_) mail_->StopAnswers();
  views_.EndWaits(absl::UnavailableError("the hub stops; ask again when it has been started"));
  if (mllp_) mllp_->Stop();
  if (inbox_) inbox_->Stop();
  if (grpc_) grpc_->Shutdown();
  if (http_) http_->Stop();
  if (runner_) runner_->Stop();
  mllp_.reset();
  inbox_.reset();
  http_.reset();
  plo_.reset();
  // The log's last callbacks go through the writer and are posted to the doors' threads, so it goes
  // before them.
  doer_.reset();
  publisher_.reset();
  mail_.reset();
  escalation_.reset();
  runner_.reset();
  operations_.reset();
  feed_.reset();
  log_.reset();
  writer_.reset();
  mllp_work_.reset();
  for (std::thread& thread : mllp_threads_) thread.join();
  mllp_threads_.clear();
}

Hub::Hub(Config config) : config_(std::move(config)), parts_(std::make_unique<Parts>(config_)) {}

Hub::~Hub() { Stop(); }

absl::Status Hub::Start() { return parts_->Start(); }

bool Hub::WaitUntilReady(const std::function<bool()>& stop) {
  while (!parts_->Ready()) {
    if (stop()) return false;
    absl::SleepFor(absl::Milliseconds(20));
  }
  if (absl::Status status = parts_->WriteAddresses(); !status.ok())
    spdlog::error("{}", status.ToString());
  return true;
}

void Hub::Stop() {
  if (parts_) parts_->Stop();
  parts_.reset();
}

absl::Status Hub::Reload() { return parts_->Reload(); }

}  // namespace overgang
