#include "actors/node/stack.hpp"

#include <filesystem>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <fmt/format.h>

#include "actors/api/errors.hpp"
#include "actors/api/event_log.hpp"
#include "actors/api/inspect.hpp"
#include "actors/batch/batch_actor.hpp"
#include "actors/gateway/gateway.hpp"
#include "actors/gateway/tree_proofs.hpp"
#include "actors/l1_listener/l1_listener.hpp"
#include "actors/node/process/open_files.hpp"
#include "actors/node/process/system_clock.hpp"
#include "actors/node/proving/priority_fit.hpp"
#include "actors/publisher/publisher.hpp"
#include "actors/sequencer/sequencer.hpp"
#include "actors/supervision/fault.hpp"
#include "actors/supervision/supervisor.hpp"
#include "runtime/crypto/keys/secret.hpp"

namespace ashlar::node {
namespace {

constexpr auto ask_timeout = std::chrono::seconds(2);
/// How far a block may be dated ahead of L1's time: half of what L1's contracts take.
constexpr u64 lead_s_max = 300;

struct caf_config final : caf::actor_system_config {
  caf_config(u32 threads, bool faults_allowed) {
    if (faults_allowed) supervision::allow_faults(*this);
    set("scheduler.max-threads", std::size_t{threads});
    // Threads without work sleep until there is some. Those of the default policy poll: 20,000
    // times a second while anything moves, and up to 10 ms late when it comes after a pause.
    set("scheduler.policy", caf::atom("sharing"));
    api::register_messages(*this);
  }
};

store::genesis store_genesis(const genesis_state& g) {
  store::genesis out;
  out.block.block.header = g.block;
  out.block.hash = header_hash(g.block);
  out.diff = g.diff;
  return out;
}

std::string storage_text(std::string_view what, const store::error& e) {
  return fmt::format("{}: {}", what, store::to_text(e));
}

/// Where the disk fails, who asked ends: taken for nothing there, an operation that L1 demands
/// would be left out of what is confirmed and laid.
template <class T>
T read_or_throw(result<T, store::error> r) {
  if (!r.ok()) throw std::runtime_error(storage_text("L1 view", r.error()));
  return std::move(r).value();
}

}  // namespace

void name_chain(stack_config& c) {
  c.publisher.contract = c.listener.contract = c.chain.contracts.chain;
  c.publisher.l1_chain_id = c.listener.l1_chain_id = c.chain.config.l1_chain_id;
  c.listener.start_block = l1::l1_block_number{std::max<u64>(c.chain.l1_start_block, 1)};
}

/// Members are made in the order in which they stand, and end in the reverse.
struct stack::parts {
  stack_config config;
  api::event_log log;
  system_clock time;
  const ashlar::clock::duration started = time.steady();
  crypto::system_random random;
  genesis_state genesis;

  std::mutex end_mutex;
  std::function<void(int, std::string)> ended;
  std::optional<std::pair<int, std::string>> end;  // before anybody listened

  std::unique_ptr<store::chain_store> chain;
  std::unique_ptr<store::tree_store> tree;
  std::shared_mutex tree_changing;
  std::optional<gateway::tree_proofs> proofs;
  std::unique_ptr<store::batch_store> batches;
  std::optional<store::content_store> witnesses;
  std::unique_ptr<store::intent_journal> journal;
  std::unique_ptr<l1_listener::l1_view> view;
  std::unique_ptr<l1::signer> operator_account;
  std::unique_ptr<node::proving> prover;                 // null where this node does not prove
  std::unique_ptr<l1_proving> l1_proofs;                 // null where it makes no proofs for L1
  std::unique_ptr<publisher::proof_source> test_proofs;  // null but in tests

  std::unique_ptr<sequencer::local_signer> signer;
  std::shared_ptr<sequencer::head_relay> heads = sequencer::make_head_relay();
  std::shared_ptr<sequencer::engine> engine;

  caf_config caf;
  std::unique_ptr<caf::actor_system> system;
  std::shared_ptr<supervision::role_directory> directory =
      std::make_shared<supervision::role_directory>();
  std::shared_ptr<gateway::chain_backend> backend;
  api::supervisor_actor root;
  std::unique_ptr<rpc::endpoint> endpoint;
  std::jthread queue_check;

  explicit parts(const stack_config& c)
      : config(c),
        log(c.chain.config.chain_id),
        genesis(make_genesis(c.chain)),
        caf(c.actor_threads, c.faults_allowed) {}
  ~parts();

  std::string keep_files_back();
  std::string open_stores();
  std::string prepare_l1();
  void check_queue();
  std::string take_keys();
  void draw_hash_seed();
  std::string prepare_proving();
  unix_seconds l1_time(u64 lead_s) const;
  std::string start_engine();
  std::string start_roles();
  std::string start_endpoint();
  void give_up(int code, const std::string& why);
  batch::batch_layer::parts batch_parts();
  rpc::chain_constants constants() const;
  publisher::proof_source* proofs_for_l1() {
    return l1_proofs ? &l1_proofs->source() : test_proofs.get();
  }
  std::vector<role_line> roles();
  std::string metrics();
  template <class Handle, class Answer, class... Args>
  std::optional<Answer> ask(const std::string& role, Args&&... args);
};

void stack::parts::give_up(int code, const std::string& why) {
  std::function<void(int, std::string)> tell;
  {
    std::lock_guard lock{end_mutex};
    if (end) return;
    end.emplace(code, why);
    tell = ended;
    log.error("node cannot go on", {{"why", why}});
  }
  if (tell) tell(code, why);
}

/// A connection costs its client next to nothing; a store that cannot open a file ends the node.
std::string stack::parts::keep_files_back() {
  constexpr u64 open_files_min = 1024;
  const u64 files = raise_open_files();
  if (files < open_files_min)
    return fmt::format(
        "the system lets this process have {} files open, and a node needs {} at least: raise the "
        "limit (ulimit -n, LimitNOFILE= of a service)",
        files, open_files_min);
  http::server_config& c = config.rpc.http;
  const u64 most = connections_within(files);
  if (c.connections_max <= most) return {};
  log.warning("fewer connections than rpc.connections_max: raise the limit of open files",
              {{"wanted", u64{c.connections_max}}, {"open_files", files}, {"connections", most}});
  c.connections_max = static_cast<u32>(most);
  c.connections_per_address_max = std::min(c.connections_per_address_max, c.connections_max);
  return {};
}

std::string stack::parts::open_stores() {
  namespace fs = std::filesystem;
  std::error_code ec;
  const std::string& folder = config.data_folder;
  fs::create_directories(folder, ec);
  if (ec) return fmt::format("{}: {}", folder, ec.message());

  config.store.folder = folder + "/chain";
  config.store.on_fatal = [this](const store::error& e) {
    give_up(1, storage_text("chain store", e));
  };
  auto opened = store::chain_store::open(config.store, store_genesis(genesis));
  if (!opened) return storage_text("chain store", opened.error());
  chain = std::move(*opened);

  store::tree_store_config tree_config;
  tree_config.folder = folder + "/tree";
  auto opened_tree = store::tree_store::open(tree_config);
  if (!opened_tree) return storage_text("state tree", opened_tree.error());
  tree = std::move(*opened_tree);
  if (!tree->height())
    if (auto planted = tree->import(batch_number{0}, stf::tree_updates(genesis.diff)); !planted)
      return storage_text("state tree", planted.error());

  store::database_config batch_config;
  batch_config.folder = folder + "/batches";
  auto opened_batches = store::batch_store::open(batch_config);
  if (!opened_batches) return storage_text("batch store", opened_batches.error());
  batches = std::move(*opened_batches);

  auto opened_witnesses = store::content_store::open(folder + "/witnesses");
  if (!opened_witnesses) return storage_text("witnesses", opened_witnesses.error());
  witnesses.emplace(std::move(*opened_witnesses));

  store::database_config journal_config;
  journal_config.folder = folder + "/intents";
  auto opened_journal = store::intent_journal::open(journal_config);
  if (!opened_journal) return storage_text("intent journal", opened_journal.error());
  journal = std::move(*opened_journal);

  store::database_config view_config;
  view_config.folder = folder + "/l1";
  auto opened_view = l1_listener::l1_view::open(view_config);
  if (!opened_view) return storage_text("L1 view", opened_view.error());
  view = std::move(*opened_view);
  return {};
}

/// Checked before anything starts: what the L1 roles are told of the chain.
std::string stack::parts::prepare_l1() {
  config.publisher.log = config.listener.log = log;
  name_chain(config);
  if (auto why = config.publisher.validate(); !why.empty()) return why;
  if (auto why = config.listener.validate(); !why.empty()) return why;
  const auto probe = l1::make_http_transport(config.l1);
  if (!probe) return config.l1.endpoint + ": " + probe.error().text;
  return {};
}

/// What L1 lets through that this node could not take or prove is a warning: the governor may
/// change it at any time, and L1 need not answer for a node to start.
void stack::parts::check_queue() {
  constexpr u32 patience_ms = 2'000;
  l1::http_transport_config quick = config.l1;
  quick.connect_timeout_ms = std::min(quick.connect_timeout_ms, patience_ms);
  quick.request_timeout_ms = std::min(quick.request_timeout_ms, patience_ms);
  auto transport = l1::make_http_transport(quick);
  if (!transport) return;
  l1::client client(std::move(*transport));
  const auto most = l1::read_priority_gas_max(client, config.chain.contracts.chain);
  if (!most) {
    log.warning("what L1's queue takes is not known", {{"why", most.error().text}});
    return;
  }
  const proving_config& p = config.proving;
  const std::string unfit = check_priority_gas(
      *most, config.chain.config, p.enabled ? p.role.proof_bytes_max : 0,
      p.enabled ? *prover::find_params(p.engine.params) : default_proof_params());
  if (!unfit.empty()) log.warning("an operation may be too large", {{"why", unfit}});
}

std::string stack::parts::take_keys() {
  // It refers to its caller's variables: called once, then forgotten.
  if (const auto open = std::exchange(config.open_keys, nullptr))
    if (auto why = open(config); !why.empty()) return why;
  operator_account = l1::make_signer(config.operator_key);
  if (!operator_account) return "the operator's key is no key of the group";
  signer = std::make_unique<sequencer::local_signer>(config.sequencer_key);
  return {};
}

/// Who sends transactions chooses keys of the EVM's tables; nobody shall choose how they collide.
void stack::parts::draw_hash_seed() {
  u8 seed[8];
  random.fill(seed);
  config.sequencer.execution.hash_seed = config.batches.execution.hash_seed =
      config.gateway.call_hash_seed = load_le64(seed);
}

std::string stack::parts::prepare_proving() {
  if (!config.proving.enabled) return {};
  auto opened = proving::open(config.proving, config.data_folder, log);
  if (!opened) return "prover: " + opened.error();
  prover = std::move(*opened);
  config.publisher.prover_runs = true;
  const proving_config& c = config.proving;
  if (config.test_proofs)
    test_proofs =
        config.test_proofs(*batches, prover->archive(), config.data_folder + "/l1_proofs");
  if (test_proofs || !c.l1.is_enabled()) return {};
  auto made = l1_proving::open(c.l1, {c.engine.guest, c.engine.threads, 0, {}, c.engine.device},
                               config.data_folder + "/l1_proofs",
                               {*batches,
                                prover->archive(),
                                [p = prover.get()] { return p->checker(); },
                                {},
                                {},
                                log,
                                &time});
  if (!made) return "prover: " + made.error();
  l1_proofs = std::move(*made);
  return {};
}

/// L1's time now, by what was read of it and the steady time since, and so much more.
unix_seconds stack::parts::l1_time(u64 lead_s) const {
  l1_listener::l1_sight seen = view->seen();
  seen.at = std::max(seen.at, started);
  return seen.date_max(time.steady(), lead_s);
}

std::string stack::parts::start_engine() {
  sequencer::engine_parts p{config.chain.config,
                            *chain,
                            time,
                            *signer,
                            epoch{1},
                            sequencer::relay_head(heads),
                            [this](const std::string& why) { give_up(1, why); },
                            {}};
  const u64 deadline_s = config.chain.priority_deadline_s;
  p.date_max = [this,
                lead_s = deadline_s == 0 ? lead_s_max : std::min(lead_s_max, deadline_s / 2)] {
    return l1_time(lead_s);
  };
  p.held_by = [this] { return view->gate().why_closed(); };
  if (deadline_s != 0) {
    p.priority_horizon = [this](priority_id next) {
      const auto due = read_or_throw(view->priority_deadline(next));
      return due ? *due : unix_seconds{view->seen_until().value + config.chain.priority_deadline_s};
    };
    p.l1 = [this] { return sequencer::l1_standing{view->committed(), l1_time(0)}; };
    // L1 takes batches of that age and `pastWindow` at least (Settlement.sol, _ageMost).
    config.sequencer.uncommitted_s_max = deadline_s;
  }
  engine = std::make_shared<sequencer::engine>(config.sequencer, p);
  if (auto why = engine->recover(); !why.empty()) return why;
  engine->start();
  return {};
}

batch::batch_layer::parts stack::parts::batch_parts() {
  const auto queued = [this](u64 id) -> std::optional<batch::queued_operation> {
    const auto op = read_or_throw(view->operation(priority_id{id}));
    if (!op) return std::nullopt;
    const auto request = abi_decode_priority(op->canonical);
    if (!request) return std::nullopt;
    return batch::queued_operation{op->deadline, request->gas_limit.low()};
  };
  // Where the wall is behind, L1's own time counts; where it is ahead, what blocks may be dated by.
  const auto l1_now = [this] {
    if (view->seen_until().value == 0) return time.wall();
    const unix_seconds least = l1_time(0);
    return std::clamp(time.wall(), least, unix_seconds{least.value + lead_s_max});
  };
  return {*chain, *tree, *batches, *witnesses, time, queued, &tree_changing, l1_now};
}

rpc::chain_constants stack::parts::constants() const {
  rpc::chain_constants c;
  const chain_spec& spec = config.chain;
  c.chain_id = spec.config.chain_id;
  c.l1_chain_id = spec.config.l1_chain_id;
  c.hub = spec.ecosystem.hub;
  c.main_contract = spec.contracts.chain;
  c.base_token_l1[19] = 1;
  c.l1_bridge = spec.ecosystem.vault;
  c.l2_bridge = fixed_bytes<20>{};
  store_be64(c.l2_bridge.data() + 12, 0x10003);
  c.confirmation_signer = signer->who();
  c.fee_vault = spec.config.fee_vault;
  c.protocol_version = spec.config.protocol_version;
  c.client_version = "ashlar/0.1.0/linux-x86_64";
  return c;
}

std::string stack::parts::start_roles() {
  system = std::make_unique<caf::actor_system>(caf);
  proofs.emplace(*tree, tree_changing);
  gateway::chain_parts gateway_parts{
      *system,
      *directory,
      config.chain.config,
      *chain,
      batches.get(),
      time,
      &*proofs,
      {[core = engine](const auto& list, auto done) { return core->submit(list, std::move(done)); },
       [core = engine](const address& who) { return core->pool().pending_nonce(who); },
       [core = engine](const hash256& hash) { return core->pool().lookup(hash); },
       [core = engine](const hash256& hash) { return core->confirm(hash); },
       [core = engine] { return core->why_unconfirmed(); }}};
  config.gateway.expected_roles = {"sequencer", "batch", "publisher", "l1_listener", "gateway"};
  if (prover) config.gateway.expected_roles.push_back("prover");
  backend = std::make_shared<gateway::chain_backend>(gateway_parts, constants(), config.gateway);

  const supervision::spawn_policy policy;
  std::vector<supervision::child_spec> children;
  children.push_back(
      {"sequencer", supervision::restart_type::permanent, [this](caf::actor_system& sys) {
         return caf::actor_cast<caf::actor>(
             sequencer::spawn_sequencer(sys, {}, true, engine, heads));
       }});
  children.push_back(
      {"batch", supervision::restart_type::permanent, [this, policy](caf::actor_system& sys) {
         return caf::actor_cast<caf::actor>(batch::spawn_batch(
             sys, policy, {}, config.batches, config.chain.config, batch_parts(), directory));
       }});
  const auto connect = [this] {
    auto transport = l1::make_http_transport(config.l1);
    ensure(transport.ok());  // prepare_l1 has tried
    return std::move(*transport);
  };
  children.push_back({"publisher", supervision::restart_type::permanent,
                      [this, policy, connect](caf::actor_system& sys) {
                        const publisher::publisher_parts p{
                            connect, *operator_account, time, *batches, *journal, proofs_for_l1()};
                        return caf::actor_cast<caf::actor>(publisher::spawn_publisher(
                            sys, policy, config.publisher, p, directory));
                      }});
  children.push_back({"l1_listener", supervision::restart_type::permanent,
                      [this, policy, connect](caf::actor_system& sys) {
                        const l1_listener::listener_parts p{connect, time, *view, *batches};
                        return caf::actor_cast<caf::actor>(l1_listener::spawn_l1_listener(
                            sys, policy, config.listener, p, directory));
                      }});
  if (prover) children.push_back(prover->role(time, *batches, *witnesses, directory));
  children.push_back(
      {"gateway", supervision::restart_type::permanent, [this, policy](caf::actor_system& sys) {
         return caf::actor_cast<caf::actor>(
             gateway::spawn_gateway(sys, policy, backend, *directory));
       }});
  supervision::supervisor_config tree_config;
  tree_config.name = "node";
  tree_config.intensity = {5, std::chrono::seconds(30)};
  tree_config.directory = directory;
  tree_config.log = log;
  ensure(supervision::check(tree_config, children).empty());
  root = supervision::spawn_supervisor(*system, tree_config, std::move(children));
  supervision::watch_root(root, [this](const supervision::root_end& e) {
    if (e.exit_code != 0) give_up(e.exit_code, e.message);
  });
  if (!prover) return {};
  const auto opened = prover->open_gate(*system, directory, *witnesses);
  return opened ? std::string{} : "prover: " + opened.error();
}

std::string stack::parts::start_endpoint() {
  auto started =
      rpc::endpoint::start(config.rpc, *backend, time, random, [this] { return metrics(); });
  if (!started) return started.error();
  endpoint = std::move(*started);
  return {};
}

stack::parts::~parts() {
  if (endpoint) log.info("node ends", {{"block", chain->head().number.value}});
  if (backend) backend->close();
  if (endpoint) endpoint->stop();
  if (prover) prover->stop_worker();
  if (l1_proofs) l1_proofs->stop();
  if (engine) engine->drain();
  if (root && system) {
    caf::scoped_actor self{*system};
    self->monitor(root);
    caf::anon_send_exit(root, caf::exit_reason::user_shutdown);
    self->receive([](const caf::down_msg&) {}, caf::after(std::chrono::seconds(30)) >> [] {});
    root = api::supervisor_actor{};
  }
  // First: it answers whoever waits for a confirmation, and the backend waits for those answers.
  if (engine) engine->stop();
  endpoint.reset();
  backend.reset();
  if (prover) prover->close_gate();
  system.reset();
  engine.reset();
}

template <class Handle, class Answer, class... Args>
std::optional<Answer> stack::parts::ask(const std::string& role, Args&&... args) {
  const auto who = directory->find_as<Handle>(role);
  if (!who) return std::nullopt;
  std::optional<Answer> out;
  caf::scoped_actor self{*system};
  self->request(who, ask_timeout, std::forward<Args>(args)...)
      .receive([&](Answer& a) { out = std::move(a); }, [](caf::error&) {});
  return out;
}

result<std::unique_ptr<stack>, std::string> stack::start(const stack_config& config) {
  auto p = std::make_unique<parts>(config);
  // How long each step of a start took: restarts are part of what a node promises.
  auto last = p->time.steady();
  const auto lap_ms = [&] {
    const auto before = std::exchange(last, p->time.steady());
    return static_cast<u64>(
        std::chrono::duration_cast<std::chrono::milliseconds>(last - before).count());
  };
  if (auto why = p->prepare_l1(); !why.empty()) return fail(why);
  if (auto why = p->keep_files_back(); !why.empty()) return fail(why);
  if (auto why = p->open_stores(); !why.empty()) return fail(why);
  const u64 stores_ms = lap_ms();
  if (auto why = p->take_keys(); !why.empty()) return fail(why);
  const u64 keys_ms = lap_ms();
  p->draw_hash_seed();
  if (auto why = p->prepare_proving(); !why.empty()) return fail(why);
  // Beside the start: L1 may be slow, or away.
  p->queue_check = std::jthread([q = p.get()] { q->check_queue(); });
  if (auto why = p->start_engine(); !why.empty()) return fail(why);
  const u64 replay_ms = lap_ms();
  if (auto why = p->start_roles(); !why.empty()) return fail(why);
  if (auto why = p->start_endpoint(); !why.empty()) return fail(why);
  p->log.info("node started", {{"stores_ms", stores_ms},
                               {"keys_ms", keys_ms},
                               {"replay_ms", replay_ms},
                               {"roles_ms", lap_ms()},
                               {"replayed_txns", p->engine->totals().replayed_txns},
                               {"block", p->chain->head().number.value},
                               {"batch", p->batches->last().value},
                               {"port", u64{p->endpoint->port()}}});
  return std::unique_ptr<stack>(new stack(std::move(p)));
}

stack::stack(std::unique_ptr<parts> p) : parts_(std::move(p)) {}
stack::~stack() = default;

u16 stack::rpc_port() const noexcept {
  return parts_->endpoint->port();
}
const chain_spec& stack::chain() const noexcept {
  return parts_->config.chain;
}

void stack::on_end(std::function<void(int, std::string)> ended) {
  std::optional<std::pair<int, std::string>> already;
  {
    std::lock_guard lock{parts_->end_mutex};
    parts_->ended = ended;
    already = parts_->end;
  }
  if (already) ended(already->first, already->second);
}

std::vector<role_line> stack::parts::roles() {
  std::vector<role_line> out;
  caf::scoped_actor self{*system};
  std::vector<api::child_status> children;
  self->request(root, ask_timeout, api::children_atom::value)
      .receive([&](std::vector<api::child_status>& all) { children = std::move(all); },
               [](caf::error&) {});
  for (const auto& child : children) {
    if (child.is_supervisor) continue;
    role_line line;
    line.role = child.name;
    line.restarts = child.restarts;
    line.healthy = child.phase == api::child_phase::running;
    line.waits_for =
        line.healthy ? "" : fmt::format("{}: {}", api::to_text(child.phase), child.last_reason);
    out.push_back(std::move(line));
  }
  // Roles under a supervisor of their own.
  for (const auto& s : directory->standings())
    if (std::none_of(out.begin(), out.end(), [&](const auto& line) { return line.role == s.role; }))
      out.push_back(
          {s.role, s.played, s.restarts, "", s.played ? "" : "ended: " + s.why_ended, {}});
  // All at once: who waits for L1 does not answer, and each is waited for.
  const auto ask = [&](const caf::actor& who) {
    // Every role answers `status` alike; the typed interfaces differ in the rest.
    return self->request(who, ask_timeout, api::status_atom::value);
  };
  std::vector<std::pair<role_line*, decltype(ask({}))>> asked;
  for (role_line& line : out)
    if (const auto who = directory->find(line.role); who && line.healthy)
      asked.emplace_back(&line, ask(who));
  for (auto& [to, answer] : asked)
    answer.receive(
        [line = to](api::role_status& s) {
          line->healthy = s.healthy;
          line->doing = s.doing;
          line->waits_for = s.waits_for;
          line->counters = s.counters;
        },
        [line = to](caf::error& e) {
          line->healthy = false;
          line->waits_for = "does not answer: " + api::to_text(e);
        });
  return out;
}

std::vector<role_line> stack::roles() {
  return parts_->roles();
}
std::string stack::metrics() {
  return parts_->metrics();
}

std::vector<batch_line> stack::batches() {
  std::vector<batch_line> out;
  for (u64 n = 1; n <= parts_->batches->last().value; ++n) {
    const auto b = parts_->batches->get(batch_number{n});
    const auto s = parts_->batches->settlement(batch_number{n});
    if (!b) continue;
    batch_line line;
    line.number = n;
    line.blocks = b->last_block.value - b->first_block.value + 1;
    line.txns = b->txn_count;
    line.gas = b->gas_used;
    line.pubdata_bytes = b->pubdata.size();
    line.seal_reason = b->seal_reason;
    line.tree_root = b->state.tree_root;
    if (s.ok()) {
      line.stage = to_text(s->stage);
      line.l1_gas_commit = s->commit_gas;
      line.l1_gas_prove = s->prove_gas;
      line.l1_gas_execute = s->execute_gas;
    }
    out.push_back(std::move(line));
  }
  return out;
}

std::optional<api::batch_proof_status> stack::proof_of(batch_number number) {
  return parts_->ask<api::prover_actor, api::batch_proof_status>("prover", api::status_atom::value,
                                                                 number);
}

std::string stack::l1_proving_doing() const {
  return parts_->l1_proofs ? parts_->l1_proofs->doing() : std::string();
}

u64 stack::verification_gas() const {
  constexpr u32 page = 256;
  u64 sum = 0;
  for (u64 first = 1; first <= parts_->journal->last_id(); first += page) {
    const auto intents = parts_->journal->list(first, page);
    if (!intents) break;
    for (const store::intent& i : *intents)
      if (i.kind == store::intent_kind::verify) sum += i.l1_gas_used;
  }
  return sum;
}

void stack::censor(std::vector<address> senders) {
  parts_->ask<api::sequencer_actor, api::ack>("sequencer", api::censor_atom::value,
                                              api::censor_list{std::move(senders)});
}

bool stack::inject_fault(const std::string& role, const std::string& why) {
  ensure(parts_->config.faults_allowed);
  const auto who = parts_->directory->find(role);
  if (who) supervision::inject_fault(who, why);
  return static_cast<bool>(who);
}

std::string stack::seal() {
  const auto who = parts_->directory->find_as<api::batch_actor>("batch");
  if (!who) return "the batch role is down";
  std::string why;
  caf::scoped_actor self{*parts_->system};
  self->request(who, std::chrono::seconds(60), api::seal_atom::value)
      .receive([](api::batch_sealed&) {}, [&](caf::error& e) { why = api::to_text(e); });
  return why;
}

/// Prometheus wants all samples of one name side by side, below its type.
std::string stack::parts::metrics() {
  std::map<std::string, std::vector<std::pair<std::string, u64>>> samples;
  for (const auto& line : roles()) {
    const std::string label = fmt::format(",role=\"{}\"", line.role);
    samples["role_healthy"].emplace_back(label, line.healthy ? 1 : 0);
    samples["role_restarts_total"].emplace_back(label, line.restarts);
    for (const auto& [name, value] : line.counters)
      samples[fmt::format("{}_{}", line.role, name)].emplace_back("", value);
  }
  std::string out;
  for (const auto& [name, values] : samples) {
    out +=
        fmt::format("# TYPE ashlar_{} {}\n", name, name.ends_with("_total") ? "counter" : "gauge");
    for (const auto& [label, value] : values)
      out += fmt::format("ashlar_{}{{chain=\"{}\"{}}} {}\n", name, config.chain.config.chain_id,
                         label, value);
  }
  return out;
}

}  // namespace ashlar::node
