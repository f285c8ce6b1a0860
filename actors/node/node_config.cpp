#include "actors/node/node_config.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "actors/api/event_log.hpp"

namespace ashlar::node {
namespace {

void read_ms(toml_reader& file, std::string_view key, std::chrono::milliseconds& value) {
  u64 ms = static_cast<u64>(value.count());
  file.read(key, ms, 0, 86'400'000);
  value = std::chrono::milliseconds(ms);
}

void read_rpc(toml_reader& file, rpc::endpoint_config& c) {
  file.read("rpc.bind", c.http.bind_address);
  file.read("rpc.port", c.http.port);
  file.read("rpc.io_threads", c.http.io_threads, 1, 64);
  file.read("rpc.worker_threads", c.workers.quick_threads, 1, 256);
  file.read("rpc.heavy_threads", c.workers.heavy_threads, 1, 256);
  file.read("rpc.asking_threads", c.workers.asking_threads, 1, 256);
  file.read("rpc.queue_max", c.workers.queue_max, 1, 1'000'000);
  file.read("rpc.body_bytes_max", c.http.body_bytes_max);
  file.read("rpc.header_bytes_max", c.http.header_bytes_max);
  read_ms(file, "rpc.header_timeout_ms", c.http.header_timeout);
  read_ms(file, "rpc.body_timeout_ms", c.http.body_timeout);
  read_ms(file, "rpc.idle_timeout_ms", c.http.idle_timeout);
  read_ms(file, "rpc.write_timeout_ms", c.http.write_timeout);
  file.read("rpc.ws_buffer_bytes_max", c.http.ws_buffer_bytes_max);
  file.read("rpc.ws_in_flight_max", c.http.ws_in_flight_max);
  read_ms(file, "rpc.ws_idle_timeout_ms", c.http.ws_idle_timeout);
  file.read("rpc.connections_max", c.http.connections_max);
  file.read("rpc.connections_per_address_max", c.http.connections_per_address_max);
  file.read("rpc.held_bytes_max", c.http.held_bytes_max);
  file.read("rpc.held_bytes_per_address_max", c.http.held_bytes_per_address_max);
  file.read("rpc.cost_per_second", c.http.cost_per_second);
  file.read("rpc.cost_burst", c.http.cost_burst);
  file.read("rpc.origins_allowed", c.http.origins_allowed);
  file.read("rpc.static_folder", c.http.static_folder);
  file.read("rpc.serve_metrics", c.http.serve_metrics);
  file.read("rpc.batch_max", c.rpc.batch_max);
  file.read("rpc.json_depth_max", c.rpc.json_depth_max);
  file.read("rpc.response_bytes_max", c.rpc.response_bytes_max);
  file.read("rpc.log_blocks_max", c.rpc.log_blocks_max);
  file.read("rpc.log_results_max", c.rpc.log_results_max);
  read_ms(file, "rpc.log_time_ms_max", c.rpc.log_time_max);
  file.read("rpc.filters_max", c.rpc.filters_max);
  file.read("rpc.filters_per_address_max", c.rpc.filters_per_address_max);
  file.read("rpc.subscriptions_per_connection_max", c.rpc.subscriptions_per_connection_max);
  file.read("rpc.log_alternatives_max", c.rpc.log_alternatives_max);
  file.read("rpc.log_alternatives_per_address_max", c.rpc.log_alternatives_per_address_max);
  read_ms(file, "rpc.filter_timeout_ms", c.rpc.filter_timeout);
  file.read("rpc.pending_hashes_max", c.rpc.pending_hashes_max);
  file.read("rpc.event_queue_max", c.rpc.event_queue_max);
  file.read("rpc.fee_history_blocks_max", c.rpc.fee_history_blocks_max);
  file.read("rpc.fee_percentiles_max", c.rpc.fee_percentiles_max);
  file.read("rpc.proof_slots_max", c.rpc.proof_slots_max);
  file.read("rpc.call_gas_max", c.rpc.call_gas_max);
  file.read("rpc.call_gas_per_cost", c.rpc.call_gas_per_cost);
  read_ms(file, "rpc.call_time_ms_max", c.rpc.call_time_max);
  read_ms(file, "rpc.sync_timeout_ms", c.rpc.sync_timeout_default);
  read_ms(file, "rpc.sync_timeout_ms_max", c.rpc.sync_timeout_max);
}

void read_gateway(toml_reader& file, gateway::gateway_config& c) {
  file.read("gateway.threads", c.threads, 0, 256);
  file.read("gateway.submissions_in_flight_max", c.submissions_in_flight_max);
  file.read("gateway.asks_in_flight_max", c.asks_in_flight_max);
  file.read("gateway.call_code_cache_bytes_max", c.call_code_cache_bytes_max);
  file.read("gateway.blocks_cache_bytes_max", c.blocks_cache_bytes_max);
  file.read("gateway.tip_min_wei", c.tip_min);
}

void read_sequencer(toml_reader& file, stack_config& c) {
  file.read("sequencer.pool_txns_max", c.sequencer.pool.txns_max);
  file.read("sequencer.pool_bytes_max", c.sequencer.pool.bytes_max);
  file.read("sequencer.sender_txns_max", c.sequencer.pool.sender_txns_max);
  file.read("sequencer.nonce_gap_max", c.sequencer.pool.nonce_gap_max);
  file.read("sequencer.replace_percent", c.sequencer.pool.replace_percent);
  file.read("sequencer.waiting_percent", c.sequencer.pool.waiting_percent, 1, 100);
  file.read("sequencer.drops_max", c.sequencer.pool.drops_max);
  file.read("sequencer.expiry_s", c.sequencer.pool.expiry_seconds);
  file.read("sequencer.block_txns_max", c.sequencer.block_txns_max);
  file.read("sequencer.chunk_txns", c.sequencer.chunk_txns);
  file.read("sequencer.waits_max", c.sequencer.waits_max);
  file.read("store.unflushed_blocks_max", c.store.unflushed_blocks_max);
  file.read("store.unflushed_txns_max", c.store.unflushed_txns_max);
  file.read("store.unflushed_bytes_max", c.store.unflushed_bytes_max);
  file.read("store.flush_interval_ms", c.store.flush_interval_ms);
  file.read("store.state_cache_bytes", c.store.state_cache_bytes);
  file.read("store.code_cache_bytes", c.store.code_cache_bytes);
  file.read("store.block_cache_bytes", c.store.block_cache_bytes);
}

void read_l1_roles(toml_reader& file, stack_config& c) {
  file.read("publisher.poll_ms", c.publisher.poll_ms, 1, 600'000);
  file.read("publisher.resend_after_ms", c.publisher.resend_after_ms);
  file.read("publisher.bump_after_ms", c.publisher.bump_after_ms);
  file.read("publisher.attempts_max", c.publisher.attempts_max);
  file.read("publisher.in_flight_max", c.publisher.in_flight_max);
  file.read("publisher.open_max", c.publisher.open_max);
  file.read("publisher.confirmations", c.publisher.confirmations);
  file.read("publisher.run_batches_max", c.publisher.run.batches_max);
  file.read("publisher.run_age_max_s", c.publisher.run.age_max_s);
  file.read("publisher.run_overdue_s", c.publisher.run.overdue_s);
  file.read("publisher.run_base_fee_cheap_wei", c.publisher.run.base_fee_cheap);
  file.read("publisher.run_base_fee_dear_wei", c.publisher.run.base_fee_dear);
  file.read("publisher.executions_max", c.publisher.executions_max);
  file.read("publisher.tip_wei", c.publisher.fees.tip);
  file.read("publisher.fee_per_gas_max_wei", c.publisher.fees.fee_per_gas_max);
  file.read("publisher.spend_per_hour_max_wei", c.publisher.spend_per_hour_max);
  file.read("publisher.signatures_per_hour_max", c.publisher.signatures_per_hour_max);
  file.read("publisher.bump_percent", c.publisher.fees.bump_percent, 13, 100);
  file.read("l1_listener.poll_ms", c.listener.poll_ms, 1, 600'000);
  file.read("l1_listener.confirmations", c.listener.confirmations);
  file.read("l1_listener.hash_window", c.listener.hash_window);
  file.read("l1_listener.log_range_max", c.listener.log_range_max);
  if (file.has("l1_listener.finality_depth")) c.listener.finality_depth = 0;
  u32 depth = c.listener.finality_depth.value_or(0);
  file.read("l1_listener.finality_depth", depth);
  if (c.listener.finality_depth) c.listener.finality_depth = depth;
}

const std::vector<std::string> chain_roles{"sequencer", "batch", "publisher", "l1_listener",
                                           "gateway"};
const std::string prover_role = "prover";
const std::string worker_role = "prover_worker";

/// Every role of a chain runs in one process for now; the prover is the one that may be left out.
void read_chain_roles(toml_reader& file, stack_config& c) {
  std::vector<std::string> roles = chain_roles;
  if (c.proving.enabled) roles.push_back(prover_role);
  file.read("roles", roles);
  const auto missing = std::find_if(chain_roles.begin(), chain_roles.end(), [&](const auto& role) {
    return std::count(roles.begin(), roles.end(), role) != 1;
  });
  if (missing != chain_roles.end())
    return file.refuse("roles", *missing + " must stand there once: one process plays all of them");
  const auto provers = std::count(roles.begin(), roles.end(), prover_role);
  if (provers > 1 || roles.size() != chain_roles.size() + static_cast<std::size_t>(provers))
    return file.refuse(
        "roles", "expected the roles of configs/node/single.toml, with or without " + prover_role);
  c.proving.enabled = provers == 1;
}

void read_engine(toml_reader& file, const std::string& table, engine_config& c) {
  file.read(table + ".guest", c.guest);
  file.read(table + ".params", c.params);
  file.read(table + ".threads", c.threads, 0, 1'024);
  file.read(table + ".memory_bytes_max", c.memory_bytes_max);
  file.read(table + ".backend", c.backend);
  file.read(table + ".device", c.device);
  file.read(table + ".device_memory_bytes_max", c.device_memory_bytes_max);
}

void read_prover(toml_reader& file, proving_config& c) {
  file.read("prover.local_worker", c.local_worker);
  file.read("prover.socket", c.socket);
  read_engine(file, "prover", c.engine);
  file.read("prover.l1_contracts", c.l1.contracts);
  file.read("prover.l1_backend", c.l1.backend);
  file.read("prover.l1_memory_bytes_max", c.l1.memory_bytes_max);
  prover::prover_config& r = c.role;
  file.read("prover.lease_ms", r.lease_ms);
  file.read("prover.stall_ms_max", r.stall_ms_max);
  file.read("prover.prove_ms_max", r.prove_ms_max);
  file.read("prover.in_flight_max", r.in_flight_max);
  file.read("prover.open_max", r.open_max);
  file.read("prover.workers_max", r.workers_max);
  file.read("prover.lies_max", r.lies_max);
  file.read("prover.suspension_ms", r.suspension_ms);
  file.read("prover.attempts_max", r.attempts_max);
  file.read("prover.stuck_retry_ms", r.stuck_retry_ms);
  file.read("prover.proof_bytes_max", r.proof_bytes_max);
  file.read("prover.held_bytes_max", r.held_bytes_max);
  file.read("prover.proofs_kept_max", r.proofs_kept_max);
}

std::string rooted_at(const std::filesystem::path& base, const std::string& p) {
  return p.empty() || std::filesystem::path(p).is_absolute() ? p : (base / p).string();
}

void read_batches(toml_reader& file, batch::batch_config& c) {
  file.read("batch.age_ms_max", c.sealing.age_ms_max);
  file.read("batch.blocks_max", c.sealing.blocks_max);
  file.read("batch.txns_max", c.sealing.txns_max);
  file.read("batch.l2_gas_max", c.sealing.l2_gas_max);
  file.read("batch.pubdata_bytes_max", c.sealing.pubdata_bytes_max);
  file.read("batch.messages_max", c.sealing.messages_max);
  file.read("batch.proving_cycles_max", c.sealing.proving_cycles_max);
  file.read("batch.deadline_margin_s", c.sealing.deadline_margin_s);
  file.read("batch.check_witness", c.check_witness);
  file.read("batch.witnesses_kept_max", c.witnesses_kept_max);
}

void read_log(toml_reader& file, api::log_level& level_out, api::log_format& format_out) {
  std::string level = "info", format = "text";
  file.read("log.level", level);
  if (const auto known = api::log_level_of(level))
    level_out = *known;
  else
    file.refuse("log.level", "expected debug, info, warning, error or off");
  file.read("log.format", format);
  if (const auto known = api::log_format_of(format))
    format_out = *known;
  else
    file.refuse("log.format", "expected text or json");
}

}  // namespace

void read_node_keys(toml_reader& file, node_files& out, std::string& chain_folder) {
  stack_config& c = out.stack;
  file.read("data_folder", c.data_folder);
  file.read("chain_folder", chain_folder);
  file.read("actor_threads", c.actor_threads, 1, 256);
  read_chain_roles(file, c);
  read_log(file, c.log_level, c.log_format);
  file.read("l1.endpoint", c.l1.endpoint);
  file.read("l1.connect_timeout_ms", c.l1.connect_timeout_ms, 1, 600'000);
  file.read("l1.request_timeout_ms", c.l1.request_timeout_ms, 1, 600'000);
  file.read("l1.response_bytes_max", c.l1.response_bytes_max, 1'024, 1u << 30);
  file.read("keys.sequencer", out.keys.sequencer);
  file.read("keys.operator", out.keys.operator_account);
  file.read("keys.passphrase_file", out.keys.passphrase_file);
  read_sequencer(file, c);
  read_batches(file, c.batches);
  // A block fits a batch of its own.
  c.sequencer.proving_cycles_max = c.batches.sealing.proving_cycles_max;
  read_l1_roles(file, c);
  read_gateway(file, c.gateway);
  read_prover(file, c.proving);
  read_rpc(file, c.rpc);
  // One limit, in whatever way a call comes in.
  c.gateway.call_gas_max = c.rpc.rpc.call_gas_max;
}

namespace {

/// A batch that the limits let through must have a proof that the role takes.
std::string check_proof_size(const stack_config& c) {
  if (!c.proving.enabled) return {};
  const u64 segments = c.batches.sealing.proving_cycles_max / riscv::segment_cycles_expected + 1;
  const u64 size = prover::expected_proof_bytes(*prover::find_params(c.proving.engine.params),
                                                static_cast<u32>(std::min<u64>(segments, ~0u)));
  if (size <= c.proving.role.proof_bytes_max) return {};
  return "batch.proving_cycles_max allows batches whose proof takes about " + std::to_string(size) +
         " bytes, over prover.proof_bytes_max: lower the one or raise the "
         "other";
}

constexpr std::string_view how_to_make =
    "copy configs/node/single.toml, or prover_worker.toml for a worker, and fill it in";

}  // namespace

result<node_files, std::string> read_node_config(const std::string& path) {
  namespace fs = std::filesystem;
  auto file = toml_reader::open(path, how_to_make);
  if (!file) return fail(file.error().text);
  node_files out;
  out.stack.data_folder = "data";
  std::string chain_folder = ".";
  read_node_keys(*file, out, chain_folder);
  if (auto done = file->finish(); !done) return fail(done.error().text);
  const fs::path base = fs::absolute(path).parent_path();
  const auto rooted = [&](std::string& p) { p = rooted_at(base, p); };
  rooted(out.stack.data_folder);
  rooted(chain_folder);
  rooted(out.keys.sequencer);
  rooted(out.keys.operator_account);
  rooted(out.keys.passphrase_file);
  rooted(out.stack.rpc.http.static_folder);
  rooted(out.stack.proving.engine.guest);
  if (auto wrong = out.stack.proving.validate(); !wrong.empty()) return fail(path + ": " + wrong);
  if (auto valid = out.stack.rpc.validate(); !valid) return fail(path + ": rpc: " + valid.error());
  if (auto wrong = sequencer::check(out.stack.sequencer); !wrong.empty())
    return fail(path + ": sequencer: " + wrong);
  if (auto valid = batch::validate(out.stack.batches.sealing); !valid)
    return fail(path + ": batch." + valid.error().key + " is out of range");
  if (auto wrong = check_proof_size(out.stack); !wrong.empty()) return fail(path + ": " + wrong);
  if (auto valid = out.stack.gateway.validate(); !valid) return fail(path + ": " + valid.error());
  ASHLAR_TRY(out.stack.chain, read_chain_spec(chain_folder));
  if (const auto valid = validate_chain(out.stack.chain.config); !valid)
    return fail(chain_folder + "/chain.toml: " + to_text(valid.error()));
  name_chain(out.stack);
  if (auto why = out.stack.publisher.validate(); !why.empty()) return fail(path + ": " + why);
  if (auto why = out.stack.listener.validate(); !why.empty()) return fail(path + ": " + why);
  return out;
}

result<node_kind, std::string> read_node_kind(const std::string& path) {
  auto file = toml_reader::open(path, how_to_make);
  if (!file) return fail(file.error().text);
  std::vector<std::string> roles;
  file->read("roles", roles);
  return std::find(roles.begin(), roles.end(), worker_role) == roles.end()
             ? node_kind::chain
             : node_kind::prover_worker;
}

void read_worker_keys(toml_reader& file, worker_files& out) {
  std::vector<std::string> roles{worker_role};
  file.read("roles", roles);
  if (roles.size() != 1) file.refuse("roles", worker_role + " stands alone");
  read_log(file, out.log_level, out.log_format);
  file.read("worker.socket", out.socket);
  file.read("worker.name", out.worker.name);
  file.read("worker.poll_ms", out.worker.poll_ms);
  file.read("worker.retry_ms", out.worker.retry_ms);
  file.read("worker.answer_ms_max", out.worker.answer_ms_max);
  file.read("worker.verdict_ms_max", out.worker.verdict_ms_max);
  file.read("worker.witness_bytes_max", out.worker.witness_bytes_max);
  file.read("worker.engine_failures_max", out.worker.engine_failures_max);
  read_engine(file, "worker", out.engine);
}

result<worker_files, std::string> read_worker_config(const std::string& path) {
  auto file = toml_reader::open(path, how_to_make);
  if (!file) return fail(file.error().text);
  worker_files out;
  out.socket = "data/prover.sock";
  out.worker.name = "worker";
  read_worker_keys(*file, out);
  if (auto done = file->finish(); !done) return fail(done.error().text);
  const auto base = std::filesystem::absolute(path).parent_path();
  out.socket = rooted_at(base, out.socket);
  out.engine.guest = rooted_at(base, out.engine.guest);
  if (auto wrong = out.worker.validate(); !wrong.empty()) return fail(path + ": " + wrong);
  if (auto wrong = out.engine.validate(); !wrong.empty()) return fail(path + ": worker." + wrong);
  return out;
}

}  // namespace ashlar::node
