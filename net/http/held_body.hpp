#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional/optional.hpp>
#include <boost/system/error_code.hpp>

#include "net/http/byte_ledger.hpp"

/// Internal to net/http. Includes Boost.Beast.
namespace ashlar::http {

/// A body of Beast's parser that takes memory, and its place in the ledger, as its bytes come: what
/// a header announces costs the server nothing.
struct held_body {
  struct value_type {
    std::string text;
    byte_hold* hold = nullptr;  ///< set before the body is read; outlives the parser
    u64 beside = 0;             ///< held for the request beside the text
    bool no_room = false;       ///< why reading failed
  };

  class reader {
   public:
    template <bool IsRequest, class Fields>
    reader(boost::beast::http::header<IsRequest, Fields>&, value_type& to) : to_(to) {}

    void init(const boost::optional<std::uint64_t>&, boost::system::error_code& e) { e = {}; }

    template <class Buffers>
    std::size_t put(const Buffers& pieces, boost::system::error_code& e) {
      const std::size_t bytes = boost::asio::buffer_size(pieces);
      if (!grow(to_.text.size() + bytes)) {
        to_.no_room = true;
        e = make_error_code(boost::system::errc::not_enough_memory);
        return 0;
      }
      for (const auto piece : boost::beast::buffers_range_ref(pieces))
        to_.text.append(static_cast<const char*>(piece.data()), piece.size());
      e = {};
      return bytes;
    }

    void finish(boost::system::error_code& e) { e = {}; }

   private:
    bool grow(std::size_t bytes) {
      if (bytes <= to_.text.capacity()) return true;
      const std::size_t room = std::max(bytes, 2 * to_.text.capacity());
      if (!to_.hold->set(to_.beside + room)) return false;
      to_.text.reserve(room);
      return true;
    }
    value_type& to_;
  };
};

}  // namespace ashlar::http
