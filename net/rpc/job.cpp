#include "net/rpc/job.hpp"

#include <algorithm>
#include <exception>
#include <new>

#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>

#include "net/rpc/encode.hpp"
#include "net/rpc/json_out.hpp"
#include "net/rpc/params.hpp"
#include "runtime/crypto/keccak.hpp"

namespace ashlar::rpc {
namespace {

void append_id(std::string& out, const json::value* id) {
  if (!id || id->is_null())
    out += "null";
  else if (id->is_string())
    append_text(out, view_of(id->get_string()));
  else if (id->is_int64())
    append_decimal(out, id->get_int64());
  else
    out += json::serialize(*id);
}

void append_error(std::string& out, const rpc_error& e) {
  out += R"("error":{"code":)";
  append_decimal(out, e.code);
  out += R"(,"message":)";
  append_text(out, e.message);
  if (e.data) {
    out += R"(,"data":)";
    out += *e.data;
  }
  out += '}';
}

rpc_error invalid_request() {
  return {code::invalid_request, "invalid request", {}};
}

rpc_error no_room() {
  return {code::limit, "limit exceeded: requests and answers hold too many bytes", {}};
}

/// What a request holds beside its text and its document.
constexpr std::size_t request_overhead = 2048;

/// About how much memory a document takes, so that one allocation serves most.
std::size_t document_bytes(std::size_t body_bytes) {
  return 1024 + 2 * body_bytes;
}

}  // namespace

std::string error_object(int code, std::string_view message) {
  std::string out = R"({"jsonrpc":"2.0","id":null,)";
  append_error(out, {code, std::string(message), {}});
  out += '}';
  return out;
}

job::job(std::shared_ptr<processor::core> core, std::string body, context from,
         processor::reply_callback done, http::byte_hold held)
    : core_(std::move(core)),
      body_(std::move(body)),
      from_(std::move(from)),
      done_(std::move(done)),
      weight_(std::move(held)),
      memory_(document_bytes(body_.size()), json::storage_ptr(&weight_)),
      raw_bytes_max_(body_.size() / 2) {}

void job::start() noexcept {
  try {
    if (!parse()) return;
    if (!weigh()) throw std::bad_alloc();
    if (!charge()) return fail_whole(code::limit, "rate limit exceeded", 429);
  } catch (const std::bad_alloc&) {
    return fail_whole(code::limit, no_room().message.c_str(), 503);
  } catch (const std::exception&) {
    return fail_whole(code::internal, "internal error");
  }
  run(http::lane::quick);
}

bool job::parse() {
  if (!weight_.note(request_overhead + body_.capacity())) throw std::bad_alloc();
  json::parse_options options;
  options.max_depth = core_->config.json_depth_max;
  unsigned char scratch[4096];
  json::parser parser(json::storage_ptr(&weight_), options, scratch, sizeof scratch);
  parser.reset(json::storage_ptr(&memory_));
  json::error_code broken;
  parser.write(body_.data(), body_.size(), broken);
  if (broken) {
    fail_whole(code::parse, broken == json::error::too_deep ? "nested too deep" : "parse error");
    return false;
  }
  const json::value& document = document_.emplace(parser.release());
  std::string().swap(body_);
  batch_ = document.is_array();
  if (!batch_) {
    items_.push_back(read_item(document));
    return true;
  }
  const json::array& list = document.get_array();
  if (list.empty()) {
    fail_whole(code::invalid_request, "empty batch");
    return false;
  }
  if (list.size() > core_->config.batch_max) {
    fail_whole(code::invalid_request, "batch too large");
    return false;
  }
  items_.reserve(list.size());
  for (const json::value& v : list) items_.push_back(read_item(v));
  return true;
}

job::item job::read_item(const json::value& v) const {
  item out;
  out.error = invalid_request();
  if (!v.is_object()) return out;
  const json::object& o = v.get_object();
  const json::value* id = o.if_contains("id");
  if (id && !id->is_string() && !id->is_number() && !id->is_null()) return out;
  out.id = id;
  const json::value* version = o.if_contains("jsonrpc");
  const json::value* name = o.if_contains("method");
  if (!version || !version->is_string() || view_of(version->get_string()) != "2.0") return out;
  if (!name || !name->is_string()) return out;
  out.notification = id == nullptr;
  read_call(o, out);
  return out;
}

void job::read_call(const json::object& o, item& to) const {
  static const json::array none;
  const std::string_view name = view_of(o.at("method").get_string());
  const json::value* params = o.if_contains("params");
  to.args = &none;
  if (params && params->is_array()) {
    to.args = &params->get_array();
  } else if (params && !params->is_null()) {
    to.error = invalid_params("non-array args");
    return;
  }
  if (name == "eth_sendRawTransaction") {
    to.what = kind::send;
    return read_send(to);
  }
  if (name == "eth_sendRawTransactionSync") {
    to.what = kind::send_sync;
    return read_send(to);
  }
  const auto found = core_->methods.find(name);
  if (found == core_->methods.end()) {
    to.error = {code::unknown_method,
                "the method " + std::string(name) + " does not exist/is not available",
                {}};
    return;
  }
  const method& m = found->second;
  to.cost = m.cost;
  if (to.args->size() < m.args_min) {
    to.error =
        invalid_params("missing value for required argument " + std::to_string(to.args->size()));
  } else if (to.args->size() > m.args_max) {
    to.error = invalid_params("too many arguments, want at most " + std::to_string(m.args_max));
  } else {
    to.run = &m;
    to.what = kind::call;
  }
}

void job::read_send(item& to) const {
  const std::size_t args_max = to.what == kind::send ? 1 : 2;
  const auto broken = [&](rpc_error e) {
    to.what = kind::broken;
    to.error = std::move(e);
  };
  if (to.args->empty()) return broken(invalid_params("missing value for required argument 0"));
  if (to.args->size() > args_max)
    return broken(invalid_params("too many arguments, want at most " + std::to_string(args_max)));
  const json::value& raw = to.args->front();
  if (!raw.is_string()) return broken(invalid_argument(0, "not a hex string"));
  const std::size_t raw_bytes = raw.get_string().size() / 2;
  if (raw_bytes > txn_bytes_max + 1)
    return broken(to_rpc_error(
        submit_error{submit_errc::oversized, "transaction size " + std::to_string(raw_bytes - 1) +
                                                 ", limit " + std::to_string(txn_bytes_max)}));
}

bool job::charge() {
  u64 cost = 0;
  for (const item& i : items_) cost += i.cost;
  core_->requests.fetch_add(items_.size(), std::memory_order_relaxed);
  // The server has already taken 1 for the message.
  return !from_.charge || cost <= 1 || from_.charge(cost - 1);
}

void job::run(http::lane here) noexcept {
  while (next_ < items_.size()) {
    const std::size_t at = next_;
    try {
      if (!step(here)) return;
    } catch (const std::exception&) {
      if (next_ == at) ++next_;
      answer(items_[at], {code::internal, "internal error", {}});
    }
  }
  finish();
}

bool job::step(http::lane here) {
  const item& i = items_[next_];
  if (overflow_) {
    ++next_;
    answer(i, {code::response_too_large, "response too large", {}});
    return true;
  }
  switch (i.what) {
    case kind::broken:
      ++next_;
      answer(i, i.error);
      return true;
    case kind::send:
      return submit_run();
    case kind::send_sync:
      ++next_;
      return submit_sync(i);
    case kind::call:
      break;
  }
  const http::lane there = i.run->where;
  if (there != http::lane::quick && here != there && core_->pool) {
    if (move_to(there)) return false;
    ++next_;
    answer(i, {code::limit, "server is overloaded, try again", {}});
    return true;
  }
  ++next_;
  if (late_ && there != http::lane::quick) {
    answer(i, {code::limit, "server is overloaded, the request waited too long", {}});
    return true;
  }
  run_call(i);
  return !yield(here);
}

bool job::move_to(http::lane there) {
  moved_at_ = core_->time.steady();
  return core_->pool->post(
      there,
      [self = shared_from_this(), there] {
        const auto waited = self->core_->time.steady() - self->moved_at_;
        if (waited > self->core_->config.call_time_max) self->late_ = true;
        self->run(there);
      },
      from_.who);
}

bool job::yield(http::lane here) noexcept {
  if (here == http::lane::quick || !core_->pool || overflow_ || next_ >= items_.size())
    return false;
  try {
    return move_to(here);
  } catch (const std::exception&) {
    return false;
  }
}

void job::run_call(const item& i) {
  rpc_error error;
  bool ok = false;
  const std::size_t start = out_.size();
  answer_with(i, [&] {
    const std::size_t result_at = out_.size();
    out_ += R"("result":)";
    const call_in in{core_->shared, from_, *i.args, activate_};
    auto got = i.run->run(in, out_);
    ok = got.ok();
    if (ok) return;
    error = std::move(got).error();
    out_.resize(result_at);
    append_error(out_, error);
    core_->errors.fetch_add(1, std::memory_order_relaxed);
  });
  // Where the method stopped at the limit itself, the rest of the batch is not run either.
  if (!ok && error.code == code::response_too_large) overflow_ = true;
  const bool fits = out_.size() <= core_->config.response_bytes_max;
  if (fits && weigh()) return;
  overflow_ = true;
  out_.resize(start);
  out_.shrink_to_fit();
  answer(i, fits ? no_room() : rpc_error{code::response_too_large, "response too large", {}});
}

bool job::submit_run() {
  // All neighbouring sends at once; one whose hex is bad is answered in its place.
  std::vector<std::size_t> sent;
  std::vector<std::size_t> ends;
  raw_.clear();
  std::size_t last = next_;
  for (; last < items_.size() && items_[last].what == kind::send; ++last) {
    item& i = items_[last];
    const std::size_t start = raw_.size();
    const auto decoded = decode_data_to(raw_, view_of(i.args->front().get_string()));
    if (!decoded.ok()) {
      raw_.resize(start);
      i.error = invalid_argument(0, decoded.error());
      continue;
    }
    sent.push_back(last);
    ends.push_back(raw_.size());
  }
  views_.clear();
  std::size_t start = 0;
  for (const std::size_t end : ends) {
    views_.emplace_back(raw_.data() + start, end - start);
    start = end;
  }
  const std::size_t first = next_;
  next_ = last;
  if (sent.empty()) {
    for (std::size_t k = first; k < last; ++k) answer(items_[k], items_[k].error);
    return true;
  }
  core_->transactions.fetch_add(sent.size(), std::memory_order_relaxed);
  begin_wait();
  core_->chain.submit(
      views_, core_->config.send_wait,
      [self = shared_from_this(), first, sent = std::move(sent)](std::vector<submit_result> r) {
        // `sent` rises; items in between are those with bad hex.
        std::size_t at = first;
        try {
          for (std::size_t k = 0; k < sent.size(); ++k) {
            for (; at < sent[k]; ++at) self->answer(self->items_[at], self->items_[at].error);
            ++at;
            const item& i = self->items_[sent[k]];
            if (k >= r.size())
              self->answer(i, {code::internal, "internal error", {}});
            else if (!r[k].ok())
              self->answer(i, to_rpc_error(r[k].error()));
            else
              self->answer_with(i, [&] {
                self->out_ += R"("result":)";
                append_data(self->out_, *r[k]);
              });
          }
          for (; at < self->next_; ++at) self->answer(self->items_[at], self->items_[at].error);
        } catch (const std::exception&) {
          self->overflow_ = true;
        }
        self->come_back();
      });
  return came_back();
}

bool job::submit_sync(const item& i) {
  raw_.clear();
  const auto decoded = decode_data_to(raw_, view_of(i.args->front().get_string()));
  if (!decoded.ok()) {
    answer(i, invalid_argument(0, decoded.error()));
    return true;
  }
  // EIP-7966: a timeout that is not valid means the node's own.
  std::chrono::milliseconds timeout = core_->config.sync_timeout_default;
  if (i.args->size() > 1) {
    const auto asked = decode_u64_or_number((*i.args)[1]);
    const u64 max = static_cast<u64>(core_->config.sync_timeout_max.count());
    if (asked && *asked >= 1 && *asked <= max)
      timeout = std::chrono::milliseconds{static_cast<i64>(*asked)};
  }
  core_->transactions.fetch_add(1, std::memory_order_relaxed);
  begin_wait();
  core_->chain.submit_sync(raw_, timeout,
                           [self = shared_from_this(), &i, timeout](sync_outcome got) {
                             try {
                               self->on_synced(i, std::move(got), timeout);
                             } catch (const std::exception&) {
                               self->overflow_ = true;
                             }
                             self->come_back();
                           });
  return came_back();
}

void job::on_synced(const item& i, sync_outcome got, std::chrono::milliseconds timeout) {
  if (const auto* found = std::get_if<located_txn>(&got)) {
    answer_with(i, [&] {
      out_ += R"("result":)";
      append_receipt(out_, *found, core_->chain.batch_of(found->block->header.number));
    });
  } else if (const auto* refused = std::get_if<submit_error>(&got)) {
    rpc_error e = to_rpc_error(*refused);
    // EIP-7966: the node is not ready for transactions; this one may be sent again as it is.
    if (refused->code == submit_errc::unavailable) {
      e.code = code::sync_not_ready;
      append_data(e.data.emplace(), crypto::keccak256(raw_));
    }
    answer(i, e);
  } else if (const auto* late = std::get_if<sync_timeout>(&got)) {
    std::string data;
    append_data(data, late->txn_hash);
    answer(i, {code::sync_timeout,
               "the transaction was added to the mempool but was not processed within " +
                   std::to_string(timeout.count()) + " ms" +
                   (late->why.empty() ? "" : ": " + late->why),
               std::move(data)});
  } else if (const auto* gap = std::get_if<sync_nonce_gap>(&got)) {
    std::string data;
    append_quantity(data, gap->expected_nonce);
    answer(i, {code::sync_nonce_gap,
               "the transaction was not processed because of a nonce gap, expected nonce " +
                   std::to_string(gap->expected_nonce),
               std::move(data)});
  }
}

void job::come_back() {
  if (wait_.exchange(back) != away) return;
  if (next_ >= items_.size()) return finish();
  if (core_->pool && core_->pool->post(
                         http::lane::quick,
                         [self = shared_from_this()] { self->run(http::lane::quick); }, from_.who))
    return;
  run(http::lane::quick);
}

void job::answer(const item& i, const rpc_error& e) {
  core_->errors.fetch_add(1, std::memory_order_relaxed);
  answer_with(i, [&] { append_error(out_, e); });
}

template <class Put>
void job::answer_with(const item& i, Put put) {
  const std::size_t start = out_.size();
  if (batch_) out_ += out_.empty() ? '[' : ',';
  out_ += R"({"jsonrpc":"2.0","id":)";
  append_id(out_, i.id);
  out_ += ',';
  put();
  out_ += '}';
  if (i.notification) out_.resize(start);
}

bool job::weigh() {
  return weight_.note(request_overhead + items_.capacity() * sizeof(item) + raw_bytes_max_ +
                      out_.capacity());
}

void job::fail_whole(int code, const char* message, unsigned http_status) {
  core_->errors.fetch_add(1, std::memory_order_relaxed);
  std::string text = error_object(code, message);
  http::byte_hold held = weight_.hand_over(text.size());
  done_({std::move(text), http_status, std::move(held)});
}

void job::finish() {
  if (batch_ && !out_.empty()) out_ += ']';
  http::byte_hold held = weight_.hand_over(out_.size());
  done_({std::move(out_), 200, std::move(held)});
  for (const auto& id : activate_) core_->hub->activate(id);
}

}  // namespace ashlar::rpc
