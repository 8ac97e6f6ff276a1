// A hub that is difficult: it asks for messages again, hangs up, and does not know a stay at first.
// It remembers what it has acknowledged. Threads of its own; what it took is read after Stop.
#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "boost/asio.hpp"
#include "boost/beast.hpp"

namespace overgang::simulator {

class FakeHub {
 public:
  explicit FakeHub(std::filesystem::path inbox) : inbox_(std::move(inbox)) {
    threads_.emplace_back(
        [this] { Accept(mllp_, [this](auto socket) { ServeMllp(std::move(socket)); }); });
    threads_.emplace_back(
        [this] { Accept(http_, [this](auto socket) { ServeHttp(std::move(socket)); }); });
    threads_.emplace_back([this] { EmptyInbox(); });
  }
  ~FakeHub() { Stop(); }

  std::string mllp_port() const { return absl::StrCat(mllp_.local_endpoint().port()); }
  std::string http_port() const { return absl::StrCat(http_.local_endpoint().port()); }

  void Stop() {
    if (stopping_.exchange(true)) return;
    // A connection wakes each acceptor.
    for (auto* acceptor : {&mllp_, &http_}) {
      Socket socket(io_);
      boost::system::error_code ignored;
      socket.connect(acceptor->local_endpoint(), ignored);
    }
    for (std::thread& thread : threads_) thread.join();
    std::vector<std::thread> connections;
    {
      std::lock_guard lock(mutex_);
      connections.swap(connections_);
    }
    for (std::thread& thread : connections) thread.join();
  }

  // Acknowledged messages in order: whole ADT messages, and the bodies of calls.
  std::vector<std::string> taken() {
    std::lock_guard lock(mutex_);
    return taken_;
  }
  int files() const { return files_; }

 private:
  using Tcp = boost::asio::ip::tcp;
  using Socket = Tcp::socket;

  template <typename Serve>
  void Accept(Tcp::acceptor& acceptor, Serve serve) {
    while (true) {
      Socket socket(io_);
      boost::system::error_code error;
      acceptor.accept(socket, error);
      if (stopping_ || error) return;
      std::lock_guard lock(mutex_);
      connections_.emplace_back(
          [serve, s = std::make_shared<Socket>(std::move(socket))] { serve(std::move(*s)); });
    }
  }

  // Every seventh first attempt is asked for again, every eleventh cut off.
  enum class Mood { kTake, kAgain, kHangUp };
  Mood MoodFor(const std::string& message) {
    std::lock_guard lock(mutex_);
    if (!seen_.insert(message).second) return Mood::kTake;
    const size_t number = seen_.size();
    return number % 11 == 0 ? Mood::kHangUp : number % 7 == 0 ? Mood::kAgain : Mood::kTake;
  }
  void Take(const std::string& message) {
    std::lock_guard lock(mutex_);
    taken_.push_back(message);
  }

  void ServeMllp(Socket socket) {
    std::string received;
    boost::system::error_code error;
    while (true) {
      const size_t end =
          boost::asio::read_until(socket, boost::asio::dynamic_buffer(received), "\x1c\x0d", error);
      if (error) return;
      const std::string message = received.substr(1, end - 3);
      received.erase(0, end);
      const Mood mood = MoodFor(message);
      if (mood == Mood::kHangUp) return;
      std::string id = message;
      for (int i = 0; i < 9; ++i) id = id.substr(id.find('|') + 1);
      id = id.substr(0, id.find('|'));
      if (mood == Mood::kTake) Take(message);
      const std::string answer = absl::StrCat(
          "\x0bMSH|^~\\&|HUB\rMSA|", mood == Mood::kTake ? "AA" : "AR", "|", id, "\r\x1c\x0d");
      boost::asio::write(socket, boost::asio::buffer(answer), error);
    }
  }

  void ServeHttp(Socket socket) {
    namespace http = boost::beast::http;
    boost::beast::flat_buffer buffer;
    boost::system::error_code error;
    while (true) {
      http::request<http::string_body> request;
      http::read(socket, buffer, request, error);
      if (error) return;
      const Mood mood = MoodFor(request.body());
      if (mood == Mood::kHangUp) return;
      http::response<http::string_body> response(
          mood == Mood::kTake ? http::status::ok : http::status::not_found, 11);
      response.body() =
          mood == Mood::kTake ? "{}" : R"({"code":"not_found","message":"no such stay"})";
      response.prepare_payload();
      if (mood == Mood::kTake) Take(request.body());
      http::write(socket, response, error);
    }
  }

  void EmptyInbox() {
    while (!stopping_) {
      std::error_code error;
      for (std::filesystem::directory_iterator it(inbox_, error), end; !error && it != end;
           it.increment(error)) {
        if (it->path().extension() != ".xml") continue;
        std::filesystem::remove(it->path());
        ++files_;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  boost::asio::io_context io_;
  Tcp::acceptor mllp_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
  Tcp::acceptor http_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
  const std::filesystem::path inbox_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> files_ = 0;
  std::mutex mutex_;
  std::vector<std::string> taken_;
  std::set<std::string> seen_;
  std::vector<std::thread> threads_;
  std::vector<std::thread> connections_;
};

}  // namespace overgang::simulator
