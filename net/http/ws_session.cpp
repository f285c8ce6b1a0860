#include "net/http/ws_session.hpp"

#include <chrono>
#include <deque>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/websocket.hpp>

namespace ashlar::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

namespace {

/// Read at once, and kept between messages.
constexpr std::size_t read_bytes = 64u << 10;

class ws_session;

/// The service's end. Knows the session weakly, so that a subscription keeps nothing alive.
class channel final : public ws_channel {
 public:
  channel(std::shared_ptr<gate> open, std::weak_ptr<ws_session> to, std::size_t bytes_max,
          std::shared_ptr<byte_ledger> bytes, const address_key& who)
      : gate_(std::move(open)),
        to_(std::move(to)),
        bytes_max_(bytes_max),
        bytes_(std::move(bytes)),
        who_(who) {}

  bool send(std::string text) override;
  bool open() const noexcept override { return open_; }
  void close() override;

  /// Room for `bytes` more; false when the client reads too slowly.
  bool reserve(std::size_t bytes) noexcept {
    return queued_.fetch_add(bytes) + bytes <= bytes_max_;
  }
  void release(std::size_t bytes) noexcept { queued_.fetch_sub(bytes); }
  void mark_closed() noexcept { open_ = false; }

 private:
  template <class F>
  bool on_session(F f);

  const std::shared_ptr<gate> gate_;
  const std::weak_ptr<ws_session> to_;
  const std::size_t bytes_max_;
  const std::shared_ptr<byte_ledger> bytes_;
  const address_key who_;
  std::atomic<std::size_t> queued_{0};  ///< unsent bytes, those being written too
  std::atomic<bool> open_{true};
};

class ws_session final : public session {
 public:
  ws_session(server_parts& parts, connection_identity identity, beast::tcp_stream stream)
      : session(parts, std::move(identity), stream.get_executor()),
        ws_(std::move(stream)),
        deadline_(ws_.get_executor()) {}

  ~ws_session() override {
    if (counted_) parts_.counters.open_websockets.fetch_sub(1);
  }

  void start(beast::http::request<beast::http::string_body> upgrade) {
    channel_ = std::make_shared<channel>(
        parts_.open_gate, self(), parts_.config.ws_buffer_bytes_max, parts_.reserve, identity_.who);
    parts_.counters.open_websockets.fetch_add(1);
    counted_ = true;
    beast::get_lowest_layer(ws_).expires_never();
    websocket::stream_base::timeout limits{parts_.config.header_timeout,
                                           parts_.config.ws_idle_timeout, true};
    ws_.set_option(limits);
    ws_.read_message_max(parts_.config.body_bytes_max);
    ws_.auto_fragment(false);
    ws_.text(true);
    ws_.async_accept(upgrade, [me = self()](error_code e) {
      if (e) return me->end();
      me->accepted_ = true;
      if (me->closing_) return me->say_goodbye();
      me->read();
    });
  }

  void drain() override {
    if (ended_ || closing_) return;
    closing_ = true;
    channel_->mark_closed();
    // While the handshake's answer is being written nothing else may be.
    if (accepted_) say_goodbye();
  }

  void cut() noexcept override {
    error_code ignored;
    beast::get_lowest_layer(ws_).socket().close(ignored);
  }

  void on_answer(answer what) override {
    --in_flight_;
    if (!what.body.empty()) {
      if (channel_->reserve(what.body.size()))
        enqueue({std::move(what.body), std::move(what.held)});
      else
        too_slow();
    }
    if (paused_) read();
  }

  struct unsent {
    std::string text;
    byte_hold held;
  };
  /// The bytes were reserved.
  void enqueue(unsent next) {
    if (ended_ || closing_) return channel_->release(next.text.size());
    next.held.shrink_to(next.text.size());
    queue_.push_back(std::move(next));
    if (queue_.size() == 1) write();
  }

  void too_slow() {
    if (ended_) return;
    parts_.counters.slow_consumers.fetch_add(1, std::memory_order_relaxed);
    end();
  }

 private:
  void say_goodbye() {
    ws_.async_close(websocket::close_code::going_away, [me = self()](error_code) { me->end(); });
  }

  std::shared_ptr<ws_session> self() {
    return std::static_pointer_cast<ws_session>(shared_from_this());
  }

  void read() {
    paused_ = in_flight_ >= parts_.config.ws_in_flight_max;
    if (paused_ || ended_ || closing_) return;
    read_some();
  }

  /// A piece at a time, each of which is held before the next is read. A message without room is
  /// read to its end, so that the connection goes on, and is kept no longer. From its first piece
  /// on a message has as long as a body.
  void read_some() {
    ws_.async_read_some(buffer_, read_bytes, [me = self()](error_code e, std::size_t) {
      if (e) return me->end();
      if (!me->hold_.set(request_bytes + me->buffer_.size())) me->too_much_ = true;
      if (me->too_much_) me->drop_message();
      if (me->ws_.is_message_done()) return me->on_message();
      if (!me->begun_) me->set_deadline();
      me->read_some();
    });
  }

  void set_deadline() {
    begun_ = true;
    deadline_.expires_after(parts_.config.body_timeout);
    deadline_.async_wait([me = self()](error_code) {
      // Cancelled too late, or set anew for another message.
      if (!me->begun_ || me->deadline_.expiry() > std::chrono::steady_clock::now()) return;
      me->parts_.counters.bad_requests.fetch_add(1, std::memory_order_relaxed);
      me->end();
    });
  }

  void forget_deadline() {
    begun_ = false;
    deadline_.cancel();
  }

  void drop_message() {
    hold_ = make_hold();
    buffer_.consume(buffer_.size());
    buffer_.shrink_to_fit();
  }

  void on_message() {
    forget_deadline();
    const bool no_room_for_it = std::exchange(too_much_, false);
    request what =
        make_request(beast::buffers_to_string(buffer_.data()), std::exchange(hold_, make_hold()));
    buffer_.consume(buffer_.size());
    if (buffer_.capacity() > read_bytes) buffer_.shrink_to_fit();
    ++in_flight_;
    if (no_room_for_it) return refuse(no_room());
    if (!charge(1)) {
      parts_.counters.rate_limited.fetch_add(1, std::memory_order_relaxed);
      return refuse(
          {429, "application/json", parts_.to.error_body(429, "rate limit exceeded"), 0, {}});
    }
    what.channel = channel_;
    dispatch(std::move(what));
    read();
  }

  void refuse(answer what) {
    on_answer(std::move(what));
    if (!paused_) read();
  }

  void write() {
    ws_.async_write(asio::buffer(queue_.front().text), [me = self()](error_code e, std::size_t n) {
      if (e) return me->end();
      me->parts_.counters.bytes_out.fetch_add(n, std::memory_order_relaxed);
      me->channel_->release(me->queue_.front().text.size());
      me->queue_.pop_front();
      if (!me->queue_.empty() && !me->closing_) me->write();
    });
  }

  void end() {
    if (ended_) return;
    ended_ = true;
    channel_->mark_closed();
    forget_deadline();
    cut();
    parts_.registry.remove(identity_.id);
    const auto tell = [&to = parts_.to, id = identity_.id] { to.on_closed(id); };
    if (!parts_.pool.post(lane::quick, tell)) tell();
  }

  websocket::stream<beast::tcp_stream> ws_;
  asio::steady_timer deadline_;  ///< of the message begun
  bool begun_ = false;           ///< a message, and not all of it is here
  beast::flat_buffer buffer_;
  std::shared_ptr<channel> channel_;
  byte_hold hold_ = make_hold();  ///< of the message being read
  bool too_much_ = false;         ///< there is no room for it
  std::deque<unsent> queue_;      ///< the front is being written
  u32 in_flight_ = 0;
  bool paused_ = false;    ///< not reading until an answer makes room
  bool accepted_ = false;  ///< the handshake is over
  bool closing_ = false;
  bool ended_ = false;
  bool counted_ = false;
};

template <class F>
bool channel::on_session(F f) {
  const std::shared_lock lock(gate_->mutex);
  if (!gate_->open) return false;
  auto to = to_.lock();
  if (!to) return false;
  ws_session& s = *to;
  asio::post(s.executor(), [to = std::move(to), f = std::move(f)]() mutable { f(*to); });
  return true;
}

bool channel::send(std::string text) {
  if (!open_) return false;
  byte_hold held(bytes_, who_);
  if (!reserve(text.size()) || !held.set(text.size())) {
    if (open_.exchange(false)) on_session([](ws_session& s) { s.too_slow(); });
    return false;
  }
  return on_session([next = ws_session::unsent{std::move(text), std::move(held)}](
                        ws_session& s) mutable { s.enqueue(std::move(next)); });
}

void channel::close() {
  on_session([](ws_session& s) { s.drain(); });
}

}  // namespace

std::shared_ptr<session> make_ws_session(server_parts& parts, connection_identity identity,
                                         beast::tcp_stream stream,
                                         beast::http::request<beast::http::string_body> upgrade) {
  const u64 id = identity.id;
  auto made = std::make_shared<ws_session>(parts, std::move(identity), std::move(stream));
  parts.registry.put(id, made);
  made->start(std::move(upgrade));
  return made;
}

}  // namespace ashlar::http
