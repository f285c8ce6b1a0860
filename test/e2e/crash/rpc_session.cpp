#include "test/e2e/crash/rpc_session.hpp"

#include "runtime/base/hex.hpp"
#include "test/e2e/crash/rig.hpp"

namespace ashlar::test {
namespace json = boost::json;

rpc_session::rpc_session(const std::string& endpoint) {
  l1::http_transport_config config;
  config.endpoint = endpoint;
  transport_ = must(l1::make_http_transport(config), "endpoint");
}

result<json::value, rpc_session::refusal> rpc_session::post(const json::value& body) {
  const auto text = transport_->post(json::serialize(body));
  if (!text.ok()) return fail(refusal{false, text.error().text});
  boost::system::error_code ec;
  json::value parsed = json::parse(*text, ec);
  if (ec) throw rig_error("an answer that is no JSON: " + text->substr(0, 200));
  return parsed;
}

result<json::value, rpc_session::refusal> rpc_session::call(std::string_view method,
                                                            json::array params) {
  ASHLAR_TRY(
      const json::value got,
      post(json::object{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}}));
  const json::object* o = got.if_object();
  if (!o) throw rig_error("an answer that is no object");
  if (const json::value* error = o->if_contains("error"))
    return fail(refusal{true, json::serialize(*error)});
  return o->at("result");
}

result<std::vector<json::value>, rpc_session::refusal> rpc_session::call_many(
    std::string_view method, const std::vector<json::array>& params) {
  json::array body;
  for (std::size_t i = 0; i < params.size(); ++i)
    body.push_back(
        json::object{{"jsonrpc", "2.0"}, {"id", i}, {"method", method}, {"params", params[i]}});
  ASHLAR_TRY(const json::value got, post(body));
  const json::array* all = got.if_array();
  if (!all || all->size() != params.size())
    return fail(refusal{true, "a batch was answered with " + json::serialize(got).substr(0, 200)});
  std::vector<json::value> out(params.size());
  for (const json::value& one : *all) {
    const auto& o = one.as_object();
    if (const json::value* value = o.if_contains("result"))
      out.at(o.at("id").to_number<std::size_t>()) = *value;
  }
  return out;
}

namespace {

std::string_view text_in(const json::object& o, std::string_view name) {
  const json::value* v = o.if_contains(name);
  if (!v || !v->is_string())
    throw rig_error("no text '" + std::string(name) + "' in " + json::serialize(o).substr(0, 300));
  return {v->get_string().data(), v->get_string().size()};
}

}  // namespace

u64 number_in(const json::object& o, std::string_view name) {
  const auto v = parse_u256(text_in(o, name));
  if (!v || !v->fits_u64()) throw rig_error("no number: " + std::string(name));
  return v->low();
}

hash256 hash_in(const json::object& o, std::string_view name) {
  const auto v = fixed_from_hex<32>(text_in(o, name));
  if (!v) throw rig_error("no hash: " + std::string(name));
  return *v;
}

}  // namespace ashlar::test
