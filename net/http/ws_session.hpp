#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "net/http/session.hpp"

/// Internal to net/http.
namespace ashlar::http {

/// Takes over the connection and answers the handshake.
std::shared_ptr<session> make_ws_session(
    server_parts& parts, connection_identity identity, boost::beast::tcp_stream stream,
    boost::beast::http::request<boost::beast::http::string_body> upgrade);

}  // namespace ashlar::http
