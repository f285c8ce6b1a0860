#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "net/http/error.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"

namespace ashlar::http {

/// Node parameters of the server. An "address" below is one IPv4 address or one IPv6 /64.
struct server_config {
  std::string bind_address = "127.0.0.1";
  u16 port = 8547;                                 ///< 0: any free one, see server::port()
  u32 io_threads = 2;                              ///< 1..64
  std::size_t body_bytes_max = 1u << 20;           ///< also of a WebSocket message; beyond: 413
  std::size_t header_bytes_max = 8u << 10;         ///< beyond: 431
  std::chrono::milliseconds header_timeout{5000};  ///< from a request's first byte; then closed
  std::chrono::milliseconds body_timeout{5000};  ///< from the header's end, a message's first bytes
  std::chrono::milliseconds idle_timeout{60000};   ///< of a kept connection between requests
  std::chrono::milliseconds write_timeout{30000};  ///< for one answer to be taken
  std::chrono::milliseconds drain_timeout{5000};   ///< for answers under way when stopping
  u32 connections_max = 4096;
  u32 connections_per_address_max = 256;
  /// What requests and answers hold: bodies as they come, documents, answers until the client took
  /// them. Beyond: 503. An address holds at most what it leaves to others. A quarter as much again,
  /// in all and per address, is for pushes and requests without a body; a WebSocket for whose
  /// pushes there is no room is closed.
  u64 held_bytes_max = 512u << 20;
  u64 held_bytes_per_address_max = 128u << 20;  ///< 64 times body_bytes_max to half of all
  /// Token bucket per address; a request costs 1, its methods what the service charges. Beyond:
  /// 429.
  u64 cost_per_second = 20'000;
  u64 cost_burst = 100'000;
  u32 rate_addresses_max = 65'536;              ///< buckets kept; the fullest makes room
  std::size_t ws_buffer_bytes_max = 16u << 20;  ///< unsent per WebSocket; beyond: it is closed
  u32 ws_in_flight_max = 16;  ///< requests of one WebSocket at work; beyond: it is not read
  std::chrono::milliseconds ws_idle_timeout{120000};  ///< without even a pong
  /// Values of Origin that a browser may come from; "*" is any.
  std::vector<std::string> origins_allowed{"*"};
  /// Served under GET /, read once at the start. Empty: none.
  std::string static_folder{};
  u32 static_files_max = 1000;
  std::size_t static_bytes_max = 32u << 20;  ///< of all files together
  bool serve_metrics = true;

  status<http_error> validate() const;
};

}  // namespace ashlar::http
