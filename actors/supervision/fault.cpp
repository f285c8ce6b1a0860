#include "actors/supervision/fault.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/send.hpp>

namespace ashlar::supervision {
namespace {

using fault_atom = caf::atom_constant<caf::atom("fault")>;
constexpr char allowed_key[] = "ashlar.faults-allowed";

}  // namespace

void allow_faults(caf::actor_system_config& config) {
  caf::put(config.content, allowed_key, true);
}

void inject_fault(const caf::actor& whom, const std::string& why) {
  caf::anon_send(whom, fault_atom::value, why);
}

void take_faults(caf::scheduled_actor* self) {
  if (!caf::get_or(self->system().config(), allowed_key, false)) return;
  self->set_default_handler(
      [](caf::scheduled_actor* me, caf::message_view& got) -> caf::result<caf::message> {
        const caf::type_erased_tuple& content = got.content();
        if (content.match_elements<fault_atom, std::string>())
          throw injected_fault(content.get_as<std::string>(1));
        return caf::print_and_drop(me, got);
      });
}

}  // namespace ashlar::supervision
