#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value.hpp>

#include "net/rpc/core.hpp"
#include "net/rpc/weighed_memory.hpp"

/// Internal to net/rpc.
namespace ashlar::rpc {

/// One request body on its way to its answer. Its items run one after another; where one waits for
/// the backend or needs the heavy lane, the job goes on from there on another thread. Never on two
/// threads at once.
class job : public std::enable_shared_from_this<job> {
 public:
  job(std::shared_ptr<processor::core> core, std::string body, context from,
      processor::reply_callback done, http::byte_hold held);

  /// Calls `done` now or later; throws nothing.
  void start() noexcept;

 private:
  enum class kind : u8 { broken, call, send, send_sync };
  struct item {
    kind what = kind::broken;
    bool notification = false;
    const json::value* id = nullptr;  ///< null: answered with "id":null
    const method* run = nullptr;
    const json::array* args = nullptr;
    rpc_error error;  ///< of a broken one
    u64 cost = 1;
  };

  bool parse();
  item read_item(const json::value& v) const;
  void read_call(const json::object& o, item& to) const;
  void read_send(item& to) const;
  bool charge();

  void run(http::lane here) noexcept;
  /// Goes on with the next item on a thread of that lane; false: there is no place.
  bool move_to(http::lane there);
  /// Others' turn, between calls that take long; false: nobody else takes it, go on.
  bool yield(http::lane here) noexcept;
  /// One or several items; false where the job goes on elsewhere.
  bool step(http::lane here);
  void run_call(const item& i);
  bool submit_run();
  bool submit_sync(const item& i);
  void on_synced(const item& i, sync_outcome got, std::chrono::milliseconds timeout);
  /// Before and after an asynchronous call: true where it has already come back.
  void begin_wait() noexcept { wait_ = waiting; }
  bool came_back() noexcept { return wait_.exchange(away) == back; }
  void come_back();

  void answer(const item& i, const rpc_error& e);
  template <class Put>
  void answer_with(const item& i, Put put);
  void fail_whole(int code, const char* message, unsigned http_status = 200);
  /// Holds what the request has beside its document; false: there is no room for that.
  bool weigh();
  void finish();

  const std::shared_ptr<processor::core> core_;
  std::string body_;  ///< until it is parsed
  const context from_;
  processor::reply_callback done_;

  weighed_memory weight_;
  json::monotonic_resource memory_;
  std::optional<json::value> document_;  ///< lives in memory_
  bool batch_ = false;
  bool overflow_ = false;  ///< response_bytes_max is spent: what follows is refused
  std::vector<item> items_;
  std::size_t next_ = 0;
  std::chrono::nanoseconds moved_at_{};
  bool late_ = false;  ///< it waited for a thread too long: what is not quick is refused
  std::string out_;
  std::vector<fixed_bytes<16>> activate_;

  const std::size_t raw_bytes_max_;  ///< of what follows; no more than half of the body is hex
  bytes raw_;                        ///< the transactions of one submission, one behind the other
  std::vector<bytes_view> views_;
  enum : int { waiting, back, away };
  std::atomic<int> wait_{waiting};
};

}  // namespace ashlar::rpc
